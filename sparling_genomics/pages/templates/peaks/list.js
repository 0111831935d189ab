const control = name => root.querySelector(`[name="${name}"]`);
const list = root.querySelector(".peak-list"), room = root.querySelector(".peak-room"), ruler = root.querySelector(".peak-ruler");
const one = root.querySelector(".peak-one"), said = root.querySelector(".peak-said");
const state = { order: [], selected: 0, scale: 1, left: 0, height: 50, rows: new Map() };

const asked = () => predicted[Number(control("column")?.value ?? 0)];  // the prediction that is shown

// The list: only what can be seen is drawn.
function measure() {
  const stacked = getComputedStyle(list).getPropertyValue("--stacked").trim() === "1";
  state.left = stacked ? 0 : 236;
  state.height = stacked ? 70 : 50;
  const width = list.clientWidth - state.left - 16, zoom = Number(control("zoom").value);
  state.scale = zoom || Math.max(width / longest, 0.01);
  room.style.width = `${state.left + longest * state.scale + 8}px`;
  room.style.height = `${state.order.length * state.height}px`;
}

function span() {  // the letters that are in sight, and some beside them
  const width = Math.max(list.clientWidth - state.left, 0), step = Math.max(Math.ceil(width / state.scale), 1);
  const at = Math.max(list.scrollLeft, 0) / state.scale, from = Math.max(Math.floor(at / step) - 1, 0) * step;
  return [from, Math.min(from + 4 * step, longest)];
}

function draw() {
  const first = Math.max(Math.floor(list.scrollTop / state.height) - 4, 0);
  const last = Math.min(Math.ceil((list.scrollTop + list.clientHeight) / state.height) + 4, state.order.length);
  const [from, to] = span();
  if (state.from !== from) clear();
  state.from = from;
  for (const [index, made] of state.rows) if (index < first || index >= last) { made.remove(); state.rows.delete(index); }
  for (let index = first; index < last; index++) {
    if (state.rows.has(index)) continue;
    const made = rowOf(index, from, to);
    state.rows.set(index, made);
    room.append(made);
  }
  mark();
  drawRuler();
}

function rowOf(index, from, to) {
  const row = state.order[index], of = asked(), value = inUnit(of, of.values[row]);
  const name = names[row], short = name.length > 24 ? `${name.slice(0, 10)}…${name.slice(-12)}` : name;
  const sites = sitesOf(row), told = sites.length ? sites.map(site => words(row, site)).join("; ") : "no site";
  const made = element("div", {
    class: "peak", role: "option", id: `peak-${index}`, "aria-setsize": state.order.length, "aria-posinset": index + 1,
    "aria-label": `${name}, predicted ${shownAs(of, value)}: ${told}`, "aria-selected": "false",
  });
  const bar = element("i");
  bar.style.width = `${100 * of.values[row] / 65535}%`;
  const head = element("span", { class: "peak-head" },
    element("span", { class: "peak-name", title: name }, short),
    element("span", { class: "peak-p" }, shownAs(of, value), element("span", { class: "share" }, bar)));
  const track = element("span", { class: "peak-track" }), svg = drawing(row, state.scale, from, to);
  svg.style.marginLeft = `${from * state.scale}px`;
  track.append(svg);
  made.append(head, track);
  made.style.top = `${index * state.height}px`;
  made.addEventListener("click", () => select(index));
  return made;
}

function mark() {
  for (const [index, made] of state.rows) made.setAttribute("aria-selected", String(index === state.selected));
  if (state.rows.has(state.selected)) list.setAttribute("aria-activedescendant", `peak-${state.selected}`);
  else list.removeAttribute("aria-activedescendant");
}

function clear() {
  for (const made of state.rows.values()) made.remove();
  state.rows.clear();
}

function drawRuler() {
  const width = Math.max(list.clientWidth - state.left, 0), svg = element("svg", { width, height: 16, "aria-hidden": "true" });
  const raw = 70 / state.scale, power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max([1, 2, 5, 10].map(m => m * power).find(each => each >= raw), 1);
  for (let at = 0; at <= longest; at += step) {
    const x = at * state.scale - list.scrollLeft;
    if (x < 0 || x > width) continue;
    svg.append(element("line", { class: "rule", x1: x, x2: x, y1: 12, y2: 16 }),
      element("text", { class: "tick", x, y: 10, "text-anchor": x < 9 ? "start" : "middle" }, String(at)));
  }
  ruler.replaceChildren(svg);
  svg.style.marginLeft = `${state.left}px`;
}

// One sequence, in full, under the list.
function select(index, follow = false) {
  state.selected = index;
  if (follow) {
    const top = index * state.height;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + state.height > list.scrollTop + list.clientHeight) list.scrollTop = top + state.height - list.clientHeight;
    draw();
  } else mark();
  showOne();
}

function showOne() {
  one.replaceChildren();
  const row = state.order[state.selected];
  if (row === undefined) return;
  const place = placeOf(row), head = element("h3", {}, names[row]);
  const facts = [`${C.length[row]} letters`, `${data.splits[C.split[row]]} side`];
  if (place) facts.unshift(`${place[0]}:${place[1]}–${place[2]}${place[3] === "." ? "" : ` (${place[3]})`}`);
  for (const of of predicted) facts.push(`${of.name ? of.name + " " : ""}predicted ${shownAs(of, inUnit(of, of.values[row]), 3)}`);
  one.append(head, element("p", { class: "caption" }, facts.join(", ")));
  if (C.length[row] <= 2000) {
    const scroll = element("div", { class: "peak-large scrolls", tabindex: "0", role: "region", "aria-label": "Its letters" });
    scroll.append(drawing(row, 11, 0, C.length[row]));
    one.append(scroll);
  }
  const sites = sitesOf(row);
  if (!sites.length) return one.append(element("p", {}, "No motif has a site here."));
  const table = element("table", { class: "details wide" }), body = element("tbody");
  const heads = ["Motif", "Place", "Strand", "Letters", "Score", "Predicted without it"];
  table.append(element("thead", {}, element("tr", {}, ...heads.map((text, i) => element("th", { scope: "col", class: i > 3 ? "number" : "" }, text)))), body);
  for (const site of sites) {
    const there = onGenome(row, site), text = letters(row, site.start, site.end);
    const where = `${site.start}–${site.end}${there ? `; ${there[0]}:${there[1]}–${there[2]} (${there[3]})` : ""}`;
    const without = site.of ? `${site.of.name ? site.of.name + " " : ""}${shownAs(site.of, site.without, 3)}` : "–";
    body.append(element("tr", {}, element("th", { scope: "row" }, site.motif.id), element("td", {}, where), element("td", {}, site.strand),
      element("td", { class: "sequence" }, site.strand === "-" ? facing(text) : text),
      element("td", { class: "number" }, site.score.toPrecision(3)),
      element("td", { class: site.of && isLost(site) ? "number lost" : "number" }, without)));
  }
  one.append(element("div", { class: "peak-scroll scrolls", tabindex: "0", role: "region", "aria-label": "Its sites" }, table));
}

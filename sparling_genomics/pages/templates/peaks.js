(() => {
  "use strict";
  const root = document.getElementById("peaks"), source = document.getElementById("peaks-data");
  if (!root || !source) return;
  const data = JSON.parse(source.textContent), columns = {}, names = data.names, total = names.length;

  // Columns of numbers and letters, as packed.py packs them.
  function bytes(text) {
    const raw = atob(text), found = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
    return found;
  }
  const unpack = packed => new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[packed.bytes](bytes(packed.data).buffer);
  function sums(numbers) {
    const found = new Float64Array(numbers.length + 1);
    for (let i = 0; i < numbers.length; i++) found[i + 1] = found[i] + numbers[i];
    return found;
  }
  for (const [name, packed] of Object.entries(data.columns)) columns[name] = unpack(packed);
  const C = columns, firstSite = sums(C.count), firstLetter = sums(C.length);
  const longest = C.length.reduce((a, b) => Math.max(a, b), 1);
  const twoBits = bytes(data.letters.data), nStart = unpack(data.letters.n_start), nLength = unpack(data.letters.n_length);
  const predicted = data.predicted.map(each => ({ ...each, values: unpack(each.values) }));
  const inUnit = (each, step) => each.low + (each.high - each.low) * step / 65535;

  function letters(row, from = 0, to = C.length[row]) {
    const begin = firstLetter[row] + from, end = firstLetter[row] + to, found = [];
    for (let i = begin; i < end; i++) found.push(data.alphabet[twoBits[i >> 2] >> 2 * (i & 3) & 3]);
    let low = 0, high = nStart.length;
    while (low < high) {  // the first run of N that ends behind the beginning
      const middle = low + high >> 1;
      if (nStart[middle] + nLength[middle] > begin) high = middle; else low = middle + 1;
    }
    for (; low < nStart.length && nStart[low] < end; low++) {
      found.fill("N", Math.max(nStart[low] - begin, 0), Math.min(nStart[low] + nLength[low], end) - begin);
    }
    return found.join("");
  }
  const facing = text => [...text].reverse().map(c => ({ A: data.alphabet[3], C: "G", G: "C", T: "A", U: "A" })[c] ?? c).join("");

  function sitesOf(row) {
    const found = [];
    for (let i = firstSite[row]; i < firstSite[row + 1]; i++) {
      const motif = data.motifs[C.site_motif[i]], of = predicted[motif.column], start = C.site_start[i];
      found.push({
        number: C.site_motif[i], motif, start, end: start + C.site_length[i], strand: "+-"[C.site_strand[i]],
        share: C.site_share[i], score: motif.highest * C.site_share[i] / 1000, of,
        before: of && inUnit(of, of.values[row]), without: of && inUnit(of, C.site_without[i]),
      });
    }
    return found;
  }
  const shownAs = (of, value, digits = 2) => of.kind === "label" ? value.toFixed(digits) : value.toPrecision(digits + 1);
  const isLost = site => site.of.kind === "label" && site.before > 0.5 && site.without <= 0.5;

  function placeOf(row) {  // [chromosome, start, end, strand], or null
    if (!C.chrom?.[row]) return null;
    return [data.chroms[C.chrom[row] - 1], C.start[row], C.start[row] + C.length[row], "+-."[C.strand[row]]];
  }
  function onGenome(row, site) {
    const place = placeOf(row);
    if (!place) return null;
    const [chrom, start, end, strand] = place;
    if (strand !== "-") return [chrom, start + site.start, start + site.end, site.strand];
    return [chrom, end - site.end, end - site.start, site.strand === "+" ? "-" : "+"];
  }

  // Elements.
  const drawn = new Set(["svg", "polygon", "text", "title", "line"]);
  function element(name, attributes = {}, ...children) {
    const space = drawn.has(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
    const made = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  const control = name => root.querySelector(`[name="${name}"]`);
  const list = root.querySelector(".peak-list"), room = root.querySelector(".peak-room"), ruler = root.querySelector(".peak-ruler");
  const one = root.querySelector(".peak-one"), said = root.querySelector(".peak-said");
  const state = { order: [], selected: 0, scale: 1, left: 0, height: 46, rows: new Map() };

  // One sequence drawn to scale, from letter ``from`` to ``to``, ``scale`` pixels each.
  function drawing(row, scale, from, to) {
    to = Math.min(to, C.length[row]);
    const svg = element("svg", { width: Math.max((to - from) * scale, 0), height: 44, "aria-hidden": "true" });
    svg.append(element("line", { class: "rule", x1: 0, x2: Math.max((to - from) * scale, 0), y1: 12, y2: 12 }));
    const sites = sitesOf(row).filter(site => site.end > from && site.start < to), withLetters = scale >= 6.4;
    const ends = [], taken = [];
    for (const site of sites) {
      site.lane = ends.findIndex(end => end <= site.start);
      if (site.lane < 0) site.lane = ends.length;
      ends[site.lane] = site.end;
    }
    const high = 18 / Math.max(ends.length, 1);
    for (const site of sites) {
      const x1 = (site.start - from) * scale, x2 = (site.end - from) * scale, top = 3 + site.lane * high, y = top + high / 2;
      const point = Math.min(6, (x2 - x1) / 2), right = site.strand === "+";
      const corners = right
        ? [[x1, top], [x2 - point, top], [x2, y], [x2 - point, top + high], [x1, top + high]]
        : [[x2, top], [x1 + point, top], [x1, y], [x1 + point, top + high], [x2, top + high]];
      const box = element("polygon", { class: `site m${site.number % 8}`, points: corners.join(" ") });
      box.append(element("title", {}, words(row, site)));
      svg.append(box);
      const whole = site.of && withLetters ? `${site.motif.id} → ${shownAs(site.of, site.without)}` : site.motif.id;
      const label = (x2 - x1) > 6.2 * whole.length + 8 ? whole : site.motif.id;
      if (high >= 9 && x2 - x1 > 6.6 * label.length + 4) {
        svg.append(element("text", { class: "on", x: (x1 + x2) / 2, y: y + 3.6, "text-anchor": "middle" }, label));
      }
    }
    if (withLetters) spell(svg, row, sites, scale, from, to);
    else {
      for (const site of sites.filter(each => each.of).sort((a, b) => change(b) - change(a))) {
        const x = ((site.start + site.end) / 2 - from) * scale, text = shownAs(site.of, site.without);
        if (text === shownAs(site.of, site.before) || taken.some(other => Math.abs(other - x) < 28)) continue;
        taken.push(x);
        svg.append(element("text", { class: isLost(site) ? "without lost" : "without", x, y: 35, "text-anchor": "middle" }, text));
      }
    }
    return svg;
  }
  const change = site => Math.abs(site.before - site.without);

  function spell(svg, row, sites, scale, from, to) {
    const places = { "off": ["", []] }, text = letters(row, from, to);
    for (let i = 0; i < text.length; i++) {
      const inside = sites.some(site => site.start <= from + i && from + i < site.end);
      const kind = inside ? `base ${text[i]}` : "off", group = places[kind] ??= ["", []];
      group[0] += text[i];
      group[1].push(((i + 0.5) * scale).toFixed(1));
    }
    const size = Math.min(scale * 1.5, 14).toFixed(1);
    for (const [kind, [string, x]] of Object.entries(places)) {
      if (string) svg.append(element("text", { class: kind, x: x.join(" "), y: 36, "font-size": size, "text-anchor": "middle" }, string));
    }
  }

  function words(row, site) {
    const place = `${site.motif.id} ${site.motif.consensus}, ${site.start}–${site.end} (${site.strand}), score ${site.score.toPrecision(3)}`;
    if (!site.of) return place;
    return `${place}; ${site.of.name ? site.of.name + " " : ""}predicted ${shownAs(site.of, site.before, 3)}, without it ${shownAs(site.of, site.without, 3)}`;
  }

  // The list: only what can be seen is drawn.
  function measure() {
    const stacked = getComputedStyle(list).getPropertyValue("--stacked").trim() === "1";
    state.left = stacked ? 0 : 236;
    state.height = stacked ? 66 : 46;
    const width = list.clientWidth - state.left - 16, zoom = Number(control("zoom").value);
    state.scale = zoom || Math.max(width / longest, 0.01);
    room.style.width = `${state.left + longest * state.scale + 8}px`;
    room.style.height = `${state.order.length * state.height}px`;
  }

  function span() {  // the letters that are in sight, and some beside them
    const width = list.clientWidth - state.left, step = Math.max(Math.ceil(width / state.scale), 1);
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
    const row = state.order[index], of = predicted[Number(control("column")?.value ?? 0)], value = inUnit(of, of.values[row]);
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
    const width = list.clientWidth - state.left, svg = element("svg", { width, height: 16, "aria-hidden": "true" });
    const raw = 70 / state.scale, power = 10 ** Math.floor(Math.log10(raw));
    const step = Math.max([1, 2, 5, 10].map(m => m * power).find(each => each >= raw), 1);
    for (let at = 0; at <= longest; at += step) {
      const x = at * state.scale - list.scrollLeft;
      if (x < 0 || x > width) continue;
      svg.append(element("line", { class: "rule", x1: x, x2: x, y1: 12, y2: 16 }),
        element("text", { class: "tick", x: x + (x < 9 ? 0 : 0), y: 10, "text-anchor": x < 9 ? "start" : "middle" }, String(at)));
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
    if (place) facts.unshift(`${place[0]}:${place[1]}–${place[2]} (${place[3]})`);
    for (const of of predicted) facts.push(`${of.name ? of.name + " " : ""}predicted ${shownAs(of, inUnit(of, of.values[row]), 3)}`);
    one.append(head, element("p", { class: "caption" }, facts.join(", ")));
    if (C.length[row] <= 2000) {
      const scroll = element("div", { class: "peak-large", tabindex: "0", role: "region", "aria-label": "Its letters" });
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
    one.append(element("div", { class: "peak-scroll", tabindex: "0", role: "region", "aria-label": "Its sites" }, table));
  }

  // Which sequences, in which order.
  function has(row, motif) {
    for (let i = firstSite[row]; i < firstSite[row + 1]; i++) if (C.site_motif[i] === motif) return true;
    return false;
  }
  const lost = row => Math.max(0, ...sitesOf(row).filter(site => site.of && (chosen().length ? chosen().includes(site.number) : true)).map(change));
  const chosen = () => [control("motif").value, control("other").value].filter(text => text !== "" && text !== "none").map(Number);

  const keys = {
    high: row => -predicted[Number(control("column")?.value ?? 0)].values[row],
    low: row => predicted[Number(control("column")?.value ?? 0)].values[row],
    lost: row => -lost(row), sites: row => -C.count[row], order: row => row,
  };

  function choose() {
    control("other").disabled = control("motif").value === "" || control("motif").value === "none";
    if (control("other").disabled) control("other").value = "";
    const query = control("query").value.trim().toLowerCase(), none = control("motif").value === "none";
    const wanted = chosen(), test = control("test").checked, side = data.splits.indexOf("test");
    const found = [];
    for (let row = 0; row < total; row++) {
      if (none && C.count[row] || test && C.split[row] !== side) continue;
      if (query && !names[row].toLowerCase().includes(query)) continue;
      if (wanted.every(motif => has(row, motif))) found.push(row);
    }
    const sort = control("sort").value;
    if (sort === "name") found.sort((a, b) => names[a].localeCompare(names[b], "en", { numeric: true }) || a - b);
    else {
      const key = new Float64Array(total);
      for (const row of found) key[row] = keys[sort](row);
      found.sort((a, b) => key[a] - key[b] || a - b);
    }
    state.order = found;
    list.scrollTop = 0;
    redraw();
    said.textContent = `${found.length.toLocaleString("en")} of ${total.toLocaleString("en")} sequences`;
    select(0);
  }

  function redraw() {
    clear();
    measure();
    draw();
  }

  // What is copied.
  function sitesAsBed() {
    const wanted = chosen(), lines = [];
    for (const row of state.order) {
      for (const site of sitesOf(row)) {
        if (wanted.length && !wanted.includes(site.number)) continue;
        const [chrom, start, end, strand] = onGenome(row, site) ?? [names[row], site.start, site.end, site.strand];
        lines.push([chrom, start, end, site.motif.id, site.share, strand].join("\t"));
      }
    }
    return lines;
  }
  const sequencesAsBed = () => state.order.map(row => {
    const [chrom, start, end, strand] = placeOf(row) ?? [names[row], 0, C.length[row], "."];
    return [chrom, start, end, names[row], Math.round(predicted[0].values[row] / 65.535), strand].join("\t");
  });
  const asFasta = () => state.order.map(row => `>${names[row]}\n${letters(row)}`);

  async function copy(lines, what) {
    const text = lines.map(line => `${line}\n`).join("");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = element("textarea", { "aria-hidden": "true" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      if (!done) { said.textContent = "The browser does not allow copying."; return; }
    }
    said.textContent = `${lines.length.toLocaleString("en")} ${what} copied`;
  }

  // What a reader does.
  let wait = 0;
  const soon = todo => { cancelAnimationFrame(wait); wait = requestAnimationFrame(todo); };
  list.addEventListener("scroll", () => soon(draw), { passive: true });
  new ResizeObserver(() => soon(redraw)).observe(list);
  list.addEventListener("keydown", event => {
    const page = Math.max(Math.floor(list.clientHeight / state.height) - 1, 1), last = state.order.length - 1;
    const to = { ArrowDown: state.selected + 1, ArrowUp: state.selected - 1, PageDown: state.selected + page, PageUp: state.selected - page, Home: 0, End: last }[event.key];
    if (to !== undefined && last >= 0) select(Math.min(Math.max(to, 0), last), true);
    else if ("+=-".includes(event.key)) {
      const zoom = control("zoom");
      zoom.selectedIndex = Math.min(Math.max(zoom.selectedIndex + (event.key === "-" ? -1 : 1), 0), zoom.length - 1);
      redraw();
    } else return;
    event.preventDefault();
  });
  for (const name of ["motif", "other", "sort", "test", "column"]) control(name)?.addEventListener("change", choose);
  control("query").addEventListener("input", choose);
  control("zoom").addEventListener("change", redraw);
  root.querySelector("form").addEventListener("submit", event => event.preventDefault());
  const copies = { sites: () => copy(sitesAsBed(), "sites"), sequences: () => copy(sequencesAsBed(), "places"), fasta: () => copy(asFasta(), "sequences") };
  for (const button of root.querySelectorAll("[data-copy]")) button.addEventListener("click", copies[button.dataset.copy]);

  // Any element of the page with data-peaks="M1", or "M1 M2", shows the sequences that have these.
  document.addEventListener("click", event => {
    const asked = event.target.closest?.("[data-peaks]");
    if (!asked) return;
    const [motif, other] = asked.dataset.peaks.split(" ").map(id => data.motifs.findIndex(each => each.id === id));
    control("query").value = "";
    control("motif").value = motif >= 0 ? String(motif) : "";
    control("other").value = other >= 0 ? String(other) : "";
    choose();
    list.focus();
  });

  root.classList.add("alive");
  choose();
})();

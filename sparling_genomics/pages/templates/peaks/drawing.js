// Elements.
const drawn = new Set(["svg", "polygon", "text", "title", "line"]);
function element(name, attributes = {}, ...children) {
  const space = drawn.has(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml";
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
// One sequence drawn to scale, from letter ``from`` to ``to``, ``scale`` pixels each.
function drawing(row, scale, from, to) {
  to = Math.min(to, C.length[row]);
  const svg = element("svg", { width: Math.max((to - from) * scale, 0), height: 46, "aria-hidden": "true" });
  svg.append(element("line", { class: "rule", x1: 0, x2: Math.max((to - from) * scale, 0), y1: 14, y2: 14 }));
  const sites = sitesOf(row).filter(site => site.end > from && site.start < to), withLetters = scale >= 8.5;
  const ends = [], taken = [];
  for (const site of sites) {
    site.lane = ends.findIndex(end => end <= site.start);
    if (site.lane < 0) site.lane = ends.length;
    ends[site.lane] = site.end;
  }
  const high = ends.length > 1 ? 24 / ends.length : 18, size = Math.min(high - 1.5, 9.5);
  for (const site of sites) {
    const x1 = (site.start - from) * scale, x2 = (site.end - from) * scale, top = (ends.length > 1 ? 2 : 5) + site.lane * high, y = top + high / 2;
    const point = Math.min(6, (x2 - x1) / 2), right = site.strand === "+";
    const corners = right
      ? [[x1, top], [x2 - point, top], [x2, y], [x2 - point, top + high], [x1, top + high]]
      : [[x2, top], [x1 + point, top], [x1, y], [x1 + point, top + high], [x2, top + high]];
    const box = element("polygon", { class: `site m${site.number % 8}${site.number < 8 ? "" : " again"}`, points: corners.join(" ") });
    box.append(element("title", {}, words(row, site)));
    svg.append(box);
    const whole = withLetters && changes(site) ? `${site.motif.id} → ${shownAs(site.of, site.without)}` : site.motif.id;
    const label = (x2 - x1) > 6.2 * whole.length + 8 ? whole : site.motif.id;
    site.named = size >= 6 && x2 - x1 > 6.6 * label.length + 4;
    if (site.named) {
      svg.append(element("text", { class: "on", x: (x1 + x2) / 2, y: y + size * 0.36, style: `font-size: ${size}px`, "text-anchor": "middle" }, label));
    }
  }
  if (withLetters) spell(svg, row, sites, scale, from, to);
  else {
    for (const site of sites.sort((a, b) => change(b) - change(a))) {  // what has no room in its arrow, and what changes
      const told = [...(site.named ? [] : [site.motif.id]), ...(changes(site) ? [shownAs(site.of, site.without)] : [])];
      const x = ((site.start + site.end) / 2 - from) * scale, text = told.join(" "), half = 3.1 * text.length + 3;
      if (!text || taken.some(([other, width]) => Math.abs(other - x) < width + half)) continue;
      taken.push([x, half]);
      svg.append(element("text", { class: site.of && isLost(site) ? "without lost" : "without", x, y: 40, "text-anchor": "middle" }, text));
    }
  }
  return svg;
}
const change = site => site.of ? Math.abs(site.before - site.without) : 0;
const changes = site => site.of && shownAs(site.of, site.without) !== shownAs(site.of, site.before);

function spell(svg, row, sites, scale, from, to) {  // all letters, and those in sites once more, in bold
  const text = letters(row, from, to), size = Math.min(scale * 1.5, 14).toFixed(1);
  const at = i => ((i + 0.5) * scale).toFixed(1), places = [...text].map((_, i) => i);
  const inside = places.filter(i => sites.some(site => site.start <= from + i && from + i < site.end));
  for (const [kind, which] of [["off", places], ["base", inside]]) {
    if (!which.length) continue;
    const x = which.map(at).join(" "), string = which.map(i => text[i]).join("");
    svg.append(element("text", { class: kind, x, y: 40, "font-size": size, "text-anchor": "middle" }, string));
  }
}

function words(row, site) {
  const place = `${site.motif.id} ${site.motif.consensus}, ${site.start}–${site.end} (${site.strand}), score ${site.score.toPrecision(3)}`;
  if (!site.of) return place;
  return `${place}; ${site.of.name ? site.of.name + " " : ""}predicted ${shownAs(site.of, site.before, 3)}, without it ${shownAs(site.of, site.without, 3)}`;
}

// Which sequences, in which order.
function has(row, motif) {
  for (let i = firstSite[row]; i < firstSite[row + 1]; i++) if (C.site_motif[i] === motif) return true;
  return false;
}
const lost = (row, motifs) => Math.max(0, ...sitesOf(row).filter(site => site.of && (!motifs.length || motifs.includes(site.number))).map(change));
const chosen = () => [control("motif").value, control("other").value].filter(text => text !== "" && text !== "none").map(Number);

const keys = {
  high: values => row => -values[row], low: values => row => values[row],
  lost: () => (motifs => row => -lost(row, motifs))(chosen()), sites: () => row => -C.count[row], order: () => row => row,
};
const byName = new Intl.Collator("en", { numeric: true });

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
  if (sort === "name") found.sort((a, b) => byName.compare(names[a], names[b]) || a - b);
  else {
    const key = new Float64Array(total), of = keys[sort](asked().values);
    for (const row of found) key[row] = of(row);
    found.sort((a, b) => key[a] - key[b] || a - b);
  }
  state.order = found;
  list.scrollTop = 0;
  redraw();
  said.textContent = `${found.length.toLocaleString("en")} of ${total.toLocaleString("en")} sequences`;
  select(0);
}

function redraw() {
  if (!list.clientWidth) return;  // it is not shown, as in print
  clear();
  measure();
  draw();
}

// What is copied.
function bedLine(row, site) {
  const [chrom, start, end, strand] = onGenome(row, site) ?? [names[row], site.start, site.end, site.strand];
  return [chrom, start, end, site.motif.bed, site.share, strand];
}
function sitesAsBed() {
  const wanted = chosen(), lines = [];
  for (const row of state.order) {
    for (const site of sitesOf(row)) {
      if (wanted.length && !wanted.includes(site.number)) continue;
      lines.push(bedLine(row, site).join("\t"));
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

// Of a motif, the lines that it has in sites.bed, in their order.
function saveSites(motif, stem) {
  const found = [];
  for (let row = 0; row < total; row++) {
    for (const site of sitesOf(row)) if (site.motif.id === motif) found.push(bedLine(row, site));
  }
  const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  found.sort((a, b) => order(a[0], b[0]) || a[1] - b[1] || a[2] - b[2] || order(a[5], b[5]));
  const link = element("a", { download: `${stem}.bed` });
  link.href = URL.createObjectURL(new Blob(found.map(cells => `${cells.join("\t")}\n`), { type: "text/plain" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
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
for (const button of root.querySelectorAll("[data-copies]")) button.addEventListener("click", copies[button.dataset.copies]);

// Any element of the page with data-sites="M1" saves its sites; with data-peaks="M1", or "M1 M2", shows the sequences that have these.
document.addEventListener("click", event => {
  const sites = event.target.closest?.("[data-sites]");
  if (sites) saveSites(sites.dataset.sites, sites.dataset.file);
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

const root = document.getElementById("peaks"), source = document.getElementById("peaks-data");
if (!root || !source) return;
const data = JSON.parse(source.textContent), columns = {}, names = data.names, total = names.length;

// Columns of numbers and letters, as packed.py packs them.
function bytes(text) {
  const raw = atob(text), found = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = raw.charCodeAt(i);
  return found;
}
function unpack({ n, bits, data }) {
  const raw = bytes(data);
  if (bits >= 8) return new { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array }[bits](raw.buffer);
  return Uint8Array.from({ length: n }, (_, i) => raw[i * bits >> 3] >> i * bits % 8 & (1 << bits) - 1);
}
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
names.forEach((name, row) => {
  if (name || !placeOf(row)) return;
  const [chrom, start, end, strand] = placeOf(row);
  names[row] = `${chrom}:${start}-${end}${strand === "." ? "" : `(${strand})`}`;
});
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

const letterColours = { A: "#109648", C: "#255c99", G: "#f7b32b", T: "#d62839", U: "#d62839" };

for (const each of document.querySelectorAll(".by-script")) each.hidden = false;

function said(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = before; }, 1400);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy), text = source.dataset.text ?? source.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
  said(button, "copied");
}

function save(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function standalone(logo) {
  const copy = logo.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  for (const use of copy.querySelectorAll("use")) {
    const letter = use.getAttribute("href").slice(-1);
    const path = document.querySelector(use.getAttribute("href") + " path").cloneNode();
    const [x, y, width, height] = ["x", "y", "width", "height"].map(name => Number(use.getAttribute(name)));
    path.removeAttribute("class");
    path.setAttribute("fill", letterColours[letter]);
    path.setAttribute("transform", `translate(${x} ${y}) scale(${width / 1000} ${height / 1000})`);
    use.replaceWith(path);
  }
  for (const text of copy.querySelectorAll("text")) {
    text.setAttribute("style", `font: 58px Helvetica, Arial, sans-serif; fill: #333; text-anchor: ${text.classList.contains("end") ? "end" : "middle"}`);
  }
  for (const axis of copy.querySelectorAll(".axis")) axis.setAttribute("style", "fill: none; stroke: #333; stroke-width: 4");
  return new XMLSerializer().serializeToString(copy);
}

function saveLogo(button) {
  const card = document.getElementById(button.dataset.of);
  const logo = [...card.querySelectorAll(".strands svg.logo")].find(each => each.getClientRects().length);
  const text = standalone(logo);
  const name = button.dataset.file + (logo.closest(".reverse") ? "_rc" : "");
  if (button.dataset.save === "svg") {
    save(new Blob([text], { type: "image/svg+xml" }), name + ".svg");
    return;
  }
  const { width, height } = logo.viewBox.baseVal;
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    canvas.toBlob(content => save(content, name + ".png"));
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
}

document.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (button?.dataset.copy) copy(button);
  if (button?.dataset.save) saveLogo(button);
});

function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
  if (target) target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

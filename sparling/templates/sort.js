for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains("unsorted")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const falls = before ? before === "ascending" : head.classList.contains("number");
      const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
      const empty = text => text === "" || text === "None" || text === "–";
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [value(a), value(b)], [n, m] = [Number(x), Number(y)];
        if (empty(x) || empty(y)) return empty(x) - empty(y);
        return (isNaN(n) || isNaN(m) ? x.localeCompare(y) : n - m) * (falls ? -1 : 1);
      });
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      table.tBodies[0].append(...rows);
    });
  });
}

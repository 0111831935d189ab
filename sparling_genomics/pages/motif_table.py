"""A table of motifs as a notebook shows it."""

import pandas as pd


class MotifTable(pd.DataFrame):
    """A table of motifs, one a row, that shows their logos in a notebook. What is computed from it is a plain table."""

    def _repr_html_(self) -> str:
        logos: dict[str, str] = self.attrs.get("logos", {})
        shown = pd.DataFrame(self)
        if "motif_id" in shown:
            shown.insert(1, "logo", [f"logo:{name}" for name in shown["motif_id"]])
        page = str(shown.to_html(index=False, na_rep="", float_format="{:.3g}".format))
        for name, logo in logos.items():
            page = page.replace(f"<td>logo:{name}</td>", f'<td><img src="{logo}" style="height:4em" alt="{name}"></td>')
        return page

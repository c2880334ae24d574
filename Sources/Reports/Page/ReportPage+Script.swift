extension ReportPage {
  /// Nothing is fetched, and of scripts only the page's own runs: a name that slipped through as an element could do
  /// nothing. The digest is that of `script`; a test holds them together.
  static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-\(scriptDigest)'; img-src data:; "
    + "base-uri 'none'; form-action 'none'"

  /// SHA-256 of `script`, in base 64.
  static let scriptDigest = "1M3cT/lZbsPd98Fbmbj4dD7E+dlwo3+g1ECpU2mIulc="

  /// What a part of a picture says in its `title` is shown at once, to a pointer, to touch, and to the arrow keys.
  static let script = """
    "use strict";
    (() => {
      const tip = document.createElement("div");
      tip.id = "tip";
      tip.setAttribute("role", "status");
      tip.hidden = true;
      document.body.append(tip);
      let shown = null;
      const hide = () => {
        if (shown) shown.classList.remove("on");
        shown = null;
        tip.hidden = true;
      };
      const show = (part, x) => {
        if (shown && shown !== part) shown.classList.remove("on");
        shown = part;
        part.classList.add("on");
        tip.textContent = part.dataset.tip;
        tip.hidden = false;
        const box = part.getBoundingClientRect();
        const own = tip.getBoundingClientRect();
        const middle = x === undefined ? box.left + box.width / 2 : x;
        const room = document.documentElement.clientWidth - own.width - 8;
        tip.style.left = Math.max(8, Math.min(room, middle - own.width / 2)) + "px";
        const above = box.top - own.height - 8;
        tip.style.top = (above > 4 ? above : Math.min(box.bottom + 8, innerHeight - own.height - 8)) + "px";
      };
      for (const picture of document.querySelectorAll(".picture")) {
        const svg = picture.querySelector("svg");
        const parts = [];
        for (const title of picture.querySelectorAll("title")) {
          const part = title.parentNode;
          if (part === svg) continue;
          part.dataset.tip = title.textContent;
          title.remove();
          parts.push(part);
        }
        if (parts.length === 0) continue;
        picture.tabIndex = 0;
        picture.setAttribute("role", "group");
        picture.setAttribute("aria-label", svg.querySelector("title").textContent + "; arrow keys go through its parts");
        let place = -1;
        const pointed = (event) => {
          const part = event.target.closest("[data-tip]");
          if (!part) return hide();
          place = parts.indexOf(part);
          show(part, event.clientX);
        };
        picture.addEventListener("pointerover", pointed);
        picture.addEventListener("click", pointed);
        picture.addEventListener("pointerleave", hide);
        picture.addEventListener("blur", hide);
        picture.addEventListener("keydown", (event) => {
          const last = parts.length - 1;
          const next = {
            ArrowRight: Math.min(last, place + 1), ArrowDown: Math.min(last, place + 1),
            ArrowLeft: Math.max(0, place - 1), ArrowUp: Math.max(0, place - 1), Home: 0, End: last,
          }[event.key];
          if (event.key === "Escape") hide();
          if (next === undefined) return;
          event.preventDefault();
          place = next;
          parts[place].scrollIntoView({ block: "nearest", inline: "nearest" });
          show(parts[place]);
        });
      }
      addEventListener("scroll", hide, { passive: true });
    })();
    """
}

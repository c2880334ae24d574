// What the check asks of the page, as functions of one object; evaluated in the page, which itself may not fetch it.
({
  figures() {
    return [...document.querySelectorAll("data[data-key]")].map((e) => [e.dataset.key, e.getAttribute("value"), e.textContent]);
  },

  downloads() {
    return [...document.querySelectorAll("figure")].map((figure) => ({
      id: figure.id,
      links: [...figure.querySelectorAll("a[download]")].map((a) => ({ name: a.download, address: a.href })),
    }));
  },

  // Elements that stick out of the page, those in boxes that scroll left out.
  overflow() {
    const width = document.documentElement.clientWidth;
    const found = [];
    if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways, " + document.documentElement.scrollWidth + " px");
    for (const element of document.body.querySelectorAll("*")) {
      if (element.closest(".scroll svg") || element.closest(".hidden") || element.closest("svg") !== null && element.tagName !== "svg") continue;
      const scroller = element.parentElement.closest(".scroll");
      if (scroller) continue;
      const box = element.getBoundingClientRect();
      if (box.width > 0 && (box.right > width + 1 || box.left < -1)) found.push(element.tagName + "." + element.getAttribute("class") + " from " + box.left + " to " + box.right);
    }
    return found.slice(0, 5);
  },

  // Text that the edge of its picture cuts off.
  cutText() {
    const found = [];
    for (const svg of document.querySelectorAll("svg")) {
      const frame = svg.getBoundingClientRect();
      if (frame.width === 0) continue;
      for (const text of svg.querySelectorAll("text")) {
        const box = text.getBoundingClientRect();
        if (box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 3 || box.bottom > frame.bottom + 3)) {
          found.push(svg.querySelector("title").textContent + ": " + text.textContent);
        }
      }
    }
    return found.slice(0, 5);
  },

  structure() {
    const found = [];
    if (!document.documentElement.lang) found.push("no language");
    if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
    let level = 0;
    for (const heading of document.querySelectorAll("h1,h2,h3,h4")) {
      const own = Number(heading.tagName[1]);
      if (own > level + 1) found.push("heading skips a level: " + heading.textContent);
      level = own;
    }
    const ids = new Set();
    for (const element of document.querySelectorAll("[id]")) {
      if (ids.has(element.id)) found.push("two elements are called " + element.id);
      ids.add(element.id);
    }
    for (const svg of document.querySelectorAll("svg")) {
      const names = (svg.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id));
      if (svg.getAttribute("role") !== "img" || names.length < 2 || names.some((e) => !e || !e.textContent.trim())) found.push("a picture without a name");
    }
    for (const link of document.querySelectorAll("a[href^='#']")) {
      if (!document.getElementById(link.getAttribute("href").slice(1))) found.push("a link leads nowhere: " + link.textContent);
    }
    for (const table of document.querySelectorAll("table")) {
      if (!table.caption || !table.caption.textContent.trim() || !table.querySelector("th[scope]")) found.push("a table without a caption or heads");
    }
    for (const figure of document.querySelectorAll("figure")) {
      if (!figure.querySelector("figcaption")) found.push("a figure without a caption: " + figure.id);
    }
    return found.slice(0, 5);
  },

  // The contrast of every text with what lies behind it, where it is below that of WCAG AA.
  contrast() {
    const parse = (text) => {
      const numbers = text.match(/-?[\d.]+(e-?\d+)?%?/g);
      if (!numbers || text === "none") return null;
      const n = numbers.map((v) => (v.endsWith("%") ? parseFloat(v) / 100 : parseFloat(v)));
      if (text.startsWith("rgb")) return [n[0] / 255, n[1] / 255, n[2] / 255, n.length > 3 ? n[3] : 1];
      if (text.startsWith("color(srgb")) return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1];
      return null;
    };
    const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3])).concat(1);
    const light = (c) => {
      const linear = c.slice(0, 3).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const paper = parse(getComputedStyle(document.body).backgroundColor);
    const found = [];
    let seen = 0;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const element = node.parentElement;
      if (!node.textContent.trim() || element.closest("script, .hidden, title, desc") || !element.getClientRects().length) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width === 0) continue;
      const style = getComputedStyle(element);
      const isDrawn = element.closest("svg") !== null;
      const text = parse(isDrawn ? style.fill : style.color);
      if (!text) { found.push("a colour that is not understood: " + (isDrawn ? style.fill : style.color)); continue; }
      // What lies behind: everything at the middle of the text, from the top down, until something hides the rest.
      const behind = [];
      const inside = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      const place = inside.indexOf(element);
      const lower = place >= 0 ? inside.slice(isDrawn ? place + 1 : place) : [];
      if (place < 0) for (let e = element; e; e = e.parentElement) lower.push(e);
      for (const other of lower) {
        const own = getComputedStyle(other);
        const drawn = other instanceof SVGGeometryElement;
        const colour = parse(drawn ? own.fill : own.backgroundColor);
        if (!colour) continue;
        if (drawn) colour[3] *= parseFloat(own.fillOpacity) * parseFloat(own.opacity);
        if (colour[3] > 0) behind.push(colour);
        if (colour[3] >= 1) break;
      }
      let ground = paper;
      for (const colour of behind.reverse()) ground = over(colour, ground);
      const [a, b] = [light(over(text, ground)), light(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      seen += 1;
      if (ratio < (large ? 3 : 4.5)) found.push(ratio.toFixed(2) + " to 1: " + node.textContent.trim().slice(0, 40));
    }
    return { seen, found: found.slice(0, 5), count: found.length };
  },

  // What the page shows when each picture is gone through by keys.
  keys() {
    const found = [];
    let parts = 0;
    for (const picture of document.querySelectorAll(".picture")) {
      if (picture.tabIndex !== 0 || !picture.querySelector("[data-tip]")) continue;
      picture.focus();
      if (document.activeElement !== picture) { found.push("no focus: " + picture.getAttribute("aria-label")); continue; }
      for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home"]) {
        picture.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      }
      const tip = document.getElementById("tip");
      const first = picture.querySelector("[data-tip]");
      const marked = picture.querySelector(".on");
      if (!tip || tip.hidden || tip.textContent !== first.dataset.tip || marked !== first) found.push("keys tell nothing: " + picture.getAttribute("aria-label"));
      if (tip) {
        const box = tip.getBoundingClientRect();
        if (box.left < 0 || box.right > innerWidth + 1) found.push("the tip sticks out");
      }
      picture.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
      if (tip && !tip.hidden) found.push("Escape does not hide the tip");
      picture.blur();
      parts += 1;
    }
    return { pictures: parts, found };
  },
})

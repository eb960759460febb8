"use strict";
// What moves on the page: the pictures' slider and zoom, the cards of nodes, and the charts with the page's colours.

function viewer(root) {
  const stage = root.querySelector(".stage"), sheet = root.querySelector(".sheet"), edge = root.querySelector(".edge");
  const before = root.querySelector(".before"), after = root.querySelector(".after"), error = root.querySelector(".error");
  const split = root.querySelector(".split"), buttons = [...root.querySelectorAll("[data-zoom]")];
  const view = { zoom: 1, x: 0, y: 0 }; // x and y: what is at the left and the top, as shares of the picture

  function draw() {
    const most = 1 - 1 / view.zoom;
    view.x = Math.min(Math.max(view.x, 0), most);
    view.y = Math.min(Math.max(view.y, 0), most);
    const share = split.value / split.max;
    sheet.style.transform = `scale(${view.zoom}) translate(${-100 * view.x}%, ${-100 * view.y}%)`;
    const cut = 100 * (view.x + share / view.zoom); // the edge stays where it is on the screen
    after.style.clipPath = `inset(0 0 0 ${cut}%)`;
    before.style.clipPath = `inset(0 ${100 - cut}% 0 0)`;
    edge.style.left = `${100 * share}%`;
    stage.classList.toggle("zoomed", view.zoom > 1);
    for (const button of buttons) button.setAttribute("aria-pressed", String(Number(button.dataset.zoom) === view.zoom));
  }

  function zoom(to, atX = 0.5, atY = 0.5) {
    const x = view.x + atX / view.zoom, y = view.y + atY / view.zoom;
    Object.assign(view, { zoom: to, x: x - atX / to, y: y - atY / to });
    draw();
  }

  function place(event) {
    const box = stage.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  function drag(event) {
    const [x, y] = place(event);
    if (view.zoom > 1 && drag.from && !drag.splits) {
      view.x -= (x - drag.from[0]) / view.zoom;
      view.y -= (y - drag.from[1]) / view.zoom;
    } else split.value = Math.round(split.max * Math.min(Math.max(x, 0), 1));
    drag.from = [x, y];
    draw();
  }

  split.addEventListener("input", draw);
  for (const button of buttons) button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
  stage.addEventListener("dblclick", (event) => zoom(view.zoom >= 8 ? 1 : view.zoom * 2, ...place(event)));
  stage.addEventListener("pointerdown", (event) => {
    drag.from = place(event);
    drag.splits = Math.abs(drag.from[0] - split.value / split.max) * stage.clientWidth < 24;
    stage.setPointerCapture(event.pointerId);
    if (view.zoom === 1) drag(event);
  });
  stage.addEventListener("pointermove", (event) => drag.from && drag(event));
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => (drag.from = null));
  root.querySelector(".differ").addEventListener("click", (event) => {
    const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(on));
    error.hidden = !on;
    root.classList.toggle("showing-error", on);
  });
  draw();
}

function cards() {
  const card = document.querySelector(".card");
  function choose(box) {
    for (const other of document.querySelectorAll(".chosen, .near")) other.classList.remove("chosen", "near");
    box.classList.add("chosen");
    const name = box.getAttribute("aria-label");
    for (const line of box.closest("svg").querySelectorAll(".line"))
      line.classList.toggle("near", line.dataset.from === name || line.dataset.to === name);
    const inside = document.getElementById(`node-${box.dataset.node}`).content.cloneNode(true);
    card.querySelector(".inside").replaceChildren(inside);
    if (!card.open) card.show();
    const hidden = box.getBoundingClientRect().bottom + 8 - card.getBoundingClientRect().top;
    if (innerWidth <= 560 && hidden > 0) scrollBy({ top: hidden, behavior: "smooth" });
  }
  for (const box of document.querySelectorAll(".box[role]")) {
    box.addEventListener("click", () => choose(box));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(box);
    });
  }
  document.addEventListener("keydown", (event) => event.key === "Escape" && card && card.open && card.close());
}

function paint() {
  const style = getComputedStyle(document.documentElement);
  const [ink, soft, line, paper] = ["--ink", "--soft", "--line", "--paper"].map((name) => style.getPropertyValue(name).trim());
  const colours = {
    Axis: { axis_label_text_color: soft, major_label_text_color: ink, axis_line_color: line, major_tick_line_color: line, minor_tick_line_color: null },
    Grid: { grid_line_color: line },
    Legend: { label_text_color: ink, background_fill_color: paper, background_fill_alpha: 0.85, border_line_color: line },
    Figure: { background_fill_color: null, border_fill_color: null, outline_line_color: null, border_line_color: null },
  };
  for (const shown of Bokeh.documents)
    for (const root of shown.roots())
      for (const model of root.references())
        for (const [kind, values] of Object.entries(colours)) if (model.type.endsWith(kind)) model.setv(values);
}

async function charts(items) {
  await Promise.all(Object.entries(items).map(([place, item]) => Bokeh.embed.embed_item(item, place)));
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  document.documentElement.dataset.charts = "drawn";
}

document.querySelectorAll(".viewer").forEach(viewer);
cards();
for (const graph of document.querySelectorAll(".flow .scroll")) graph.scrollLeft = (graph.scrollWidth - graph.clientWidth) / 2;
const data = document.getElementById("charts");
if (data) charts(JSON.parse(data.textContent));

"use strict";
// A mark or button copies its command; arrow keys move between the plot's marks, which are one stop for Tab.
const copied = document.getElementById("copied"), hover = document.getElementById("hover");

async function copy(command) {
  let done = true;
  try {
    await navigator.clipboard.writeText(command);
  } catch {
    const field = document.createElement("textarea");
    field.value = command;
    document.body.append(field);
    field.select();
    done = document.execCommand("copy");
    field.remove();
  }
  const said = (done ? "Copied: " : "Copy this: ") + command;
  if (copied) copied.textContent = said;
}

for (const button of document.querySelectorAll("button[data-command]")) {
  button.addEventListener("click", async () => {
    await copy(button.dataset.command);
    const text = button.textContent;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = text; }, 1500);
  });
}

const marks = [...document.querySelectorAll("#plot .mark")];
const say = (mark) => { if (hover) hover.textContent = mark.getAttribute("aria-label"); };

function move(to) {
  marks.forEach((mark) => mark.setAttribute("tabindex", mark === to ? "0" : "-1"));
  to.focus();
}

marks.forEach((mark, at) => {
  mark.addEventListener("mouseenter", () => say(mark));
  mark.addEventListener("focus", () => say(mark));
  mark.addEventListener("click", () => { move(mark); copy(mark.dataset.command); });
  mark.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step) move(marks[(at + step + marks.length) % marks.length]);
    else if (event.key === "Home") move(marks[0]);
    else if (event.key === "End") move(marks[marks.length - 1]);
    else if (event.key === "Enter" || event.key === " ") copy(mark.dataset.command);
    else return;
    event.preventDefault();
  });
});

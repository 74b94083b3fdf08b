// Buttons that copy what stands in a field: data-copies names it. They appear where scripts run.

const status = document.getElementById("copied");

async function copy(field) {
  field.select();
  if (navigator.clipboard) return navigator.clipboard.writeText(field.value);
  if (!document.execCommand("copy")) throw new Error("refused"); // served without TLS: the older way
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const outcome = await copy(document.getElementById(button.dataset.copies)).then(
      () => "Copied",
      () => "Press Ctrl+C",
    );
    button.textContent = status.textContent = outcome;
    setTimeout(() => (button.textContent = words), 2_000);
  });
}

// Swagger UI gives no name to the lists that a parameter is chosen from: they get that of the parameter.

const name = () => {
  for (const list of document.querySelectorAll("[data-param-name] select:not([aria-label])")) {
    list.setAttribute("aria-label", list.closest("[data-param-name]").dataset.paramName);
  }
};

new MutationObserver(name).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });
name();

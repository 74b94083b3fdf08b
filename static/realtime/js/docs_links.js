// Swagger UI puts a link into each key that opens a call, and a key must hold nothing that can be pressed by itself.
// The key does what the link would, the address in the bar included.

const unlink = () => {
  for (const link of document.querySelectorAll(".opblock-summary-control a[href]")) link.removeAttribute("href");
};

new MutationObserver(unlink).observe(document.getElementById("swagger-ui"), { childList: true, subtree: true });
unlink();

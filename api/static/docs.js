// Starts Swagger UI on our own description; a module of its own because the content security policy allows no inline script.
const place = document.getElementById("swagger-ui");

window.SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  deepLinking: true,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  validatorUrl: null,
});

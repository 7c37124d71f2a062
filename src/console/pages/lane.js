// The lane page: posts what was read to /v1/scans and shows the advice.
document.querySelector("main").textContent = "Postern";

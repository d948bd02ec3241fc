// A file that is dropped anywhere.

export function acceptDroppedFiles(shade, use) {
  let inside = 0; // how many nested elements the pointer is in: each of them fires its own dragenter and dragleave
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    window.addEventListener(name, (event) => {
      event.preventDefault();
      if (name === "dragenter") inside++;
      if (name === "dragleave") inside--;
      if (name === "drop") {
        inside = 0;
        const [file] = event.dataTransfer.files;
        if (file) use(file);
      }
      shade.hidden = inside <= 0;
    });
  }
}

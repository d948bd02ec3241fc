// A file that is dropped anywhere.

export function taking(shade, use) {
  let inside = 0; // elements under the pointer, of which each tells that it is entered and left
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

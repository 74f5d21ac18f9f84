// A page that is opened as a file may start no worker, and the search is one. Here a hidden frame runs its script.
if (location.protocol === "file:") {
  window.Worker = class {
    constructor(url) {
      this.unsent = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.srcdoc = `<script src="${new URL(url, document.baseURI)}"></scr` + "ipt>";
      this.frame.onload = () => {
        this.inner = this.frame.contentWindow;
        this.inner.postMessage = (data) => setTimeout(() => this.onmessage?.({ data }));
        this.unsent.splice(0).forEach((data) => this.postMessage(data));
      };
      document.body.append(this.frame);
    }

    postMessage(data) {
      if (this.inner) this.inner.onmessage({ data });
      else this.unsent.push(data);
    }

    terminate() {
      this.frame.remove();
    }
  };
}

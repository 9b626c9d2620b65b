"""What the tests ask of the page in the browser's own language."""

# What is written on any canvas is kept, so that a test can read a drawn axis.
WATCH = """
window.drawn = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.drawn.push(text);
  return write.call(this, text, ...rest);
};
"""

# A number for all pixels of a canvas.
INKED = """canvas => {
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  let sum = 0;
  for (let at = 3; at < pixels.length; at += 4) {
    sum = (sum * 31 + pixels[at - 3] + 7 * pixels[at]) % 1000003;
  }
  return sum;
}"""

OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(node => {
  const box = node.getBoundingClientRect();
  return box.width > 0 && box.right > innerWidth + 1 && !node.closest('.completed .body, #toast');
}).map(node => node.outerHTML.slice(0, 80))"""

# Of WCAG 2: texts whose luminance is not 4.5 times as far from what lies behind them.
CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const linear = v => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const behind = node => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour.startsWith('rgb(')) return parse(colour);
    }
    return [255, 255, 255];
  };
  const ratio = node => {
    const both = [light(parse(getComputedStyle(node).color)), light(behind(node))];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  };
  const texts = 'h1, h2, h3, .name, .value, .quiet, .badge, button, td, .facts span, .word';
  return [...document.querySelectorAll(texts)]
    .filter(node => node.checkVisibility() && node.textContent.trim() && ratio(node) < 4.5)
    .map(node => [ratio(node), node.className, node.textContent]);
}"""

# How many alarms, and rows drawn for them, a list holds after a hundred that are gone.
GONE = """async alarm => {
  const { AlarmPanel } = await import(new URL('static/app/alarms.js', document.baseURI));
  const panel = new AlarmPanel(null);
  for (let id = 1; id <= 100; id += 1) panel.hear({ ...alarm, id });
  return [panel.alarms.size, panel.rows.size];
}"""

"use strict";
(() => {
  const charts = JSON.parse(document.getElementById("data").textContent);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const draw = () => {
    Chart.defaults.color = colour("--dim");
    Chart.defaults.borderColor = colour("--line");
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
      const given = charts[canvas.dataset.chart];
      const names = Object.keys(given.series);
      Chart.getChart(canvas)?.destroy();
      new Chart(canvas, {
        type: given.kind,
        data: {
          labels: given.labels,
          datasets: names.map((name, i) => ({
            label: name, data: given.series[name], borderColor: colour("--s" + i), backgroundColor: colour("--s" + i),
            borderWidth: given.kind === "line" ? 1.5 : 0, pointRadius: given.kind === "line" ? 1 : 0, spanGaps: false,
          })),
        },
        options: {
          animation: false, responsive: true, maintainAspectRatio: false,
          interaction: { mode: "index", intersect: false },
          plugins: { legend: { display: names.length > 1, position: "bottom", labels: { boxWidth: 12 } } },
          scales: {
            x: { stacked: given.stacked, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
            y: { stacked: given.stacked, beginAtZero: true, title: { display: true, text: given.unit } },
          },
        },
      });
    }
    document.documentElement.dataset.drawn = Object.keys(charts).length;
  };
  draw();
  scheme.addEventListener("change", draw);
})();

// Map, legend and table of the index page; no request leaves the page.
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("map-data").textContent);
const position = new Map(data.codes.map((code, i) => [code, i]));
const areas = [...document.querySelectorAll("#map a")];
const zh = document.documentElement.lang.startsWith("zh");
let layer = data.layers.find((l) => l.id === data.first) ?? data.layers[0];

for (const l of data.layers) {
  $("measure").add(new Option(l.heading, l.id, false, l === layer));
}
$("measure").addEventListener("change", (event) => {
  layer = data.layers.find((l) => l.id === event.target.value);
  paint();
});

function paint() {
  for (const area of areas) {
    const i = position.get(area.dataset.code);
    area.querySelector("path").setAttribute("class", `k${layer.classes[i]}`);
    area.querySelector("title").textContent = `${area.dataset.name}\n${layer.label} ${layer.texts[i]}`;
  }
  legend();
  $("hover").textContent = $("hover").dataset.empty;
  const f = $("formula");
  f.textContent = `${f.dataset.formula}${layer.formula}\n${f.dataset.source}${layer.source}`;
}

function legend() {
  const list = $("legend");
  const entries = layer.legend.map((text, i) => [i, text]);
  $("shown").textContent = `${layer.heading}${zh ? "，" : ", "}${list.dataset.period}`;
  for (const [status, word] of Object.entries(JSON.parse(list.dataset.absent))) {
    if (layer.classes.includes(status)) entries.push([status, word]);
  }
  $("absent").hidden = !layer.classes.includes("missing");
  list.replaceChildren(...entries.map(([key, text]) => {
    const item = document.createElement("li");
    const swatch = document.createElement("i");
    swatch.className = `k${key}`;
    const count = document.createElement("span");
    const n = layer.classes.filter((c) => c === key).length;
    count.textContent = `${n} ${zh ? "县" : n === 1 ? "county" : "counties"}`;
    item.append(swatch, text, count);
    return item;
  }));
}

function show(area) {
  const strong = document.createElement("strong");
  strong.textContent = area.dataset.name;
  $("hover").replaceChildren(strong, `${layer.label}${zh ? "：" : ": "}${layer.texts[position.get(area.dataset.code)]}`);
}
for (const area of areas) {
  area.addEventListener("pointerenter", () => show(area));
  area.addEventListener("focus", () => show(area));
}
paint();

// DataTables, carried in the page as text.
const source = JSON.parse($("datatables").textContent);
const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
const { jQuery } = await import(url);
URL.revokeObjectURL(url);
const order = jQuery.fn.dataTable.ext.type.order;
const number = (text) => (text === "" ? NaN : Number(text));
// A county without a figure stands last in both directions.
const compare = (a, b, sign) =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : sign * (a - b);
order["figure-asc"] = (a, b) => compare(number(a), number(b), 1);
order["figure-desc"] = (a, b) => compare(number(a), number(b), -1);

const kinds = [...document.querySelectorAll("#county-table thead th")].map((th) => th.dataset.kind);
const indexes = (kind) => kinds.flatMap((k, i) => (k === kind ? [i] : []));
const language = zh
  ? { search: "搜索：", searchPlaceholder: "县名、市州、拼音或代码", lengthMenu: "每页 _MENU_ 县",
      info: "第 _START_–_END_ 县，共 _TOTAL_ 县", infoEmpty: "没有县", infoFiltered: "（从 _MAX_ 县中筛选）",
      zeroRecords: "没有符合的县", emptyTable: "没有县",
      aria: { orderable: "：点击排序", orderableReverse: "：点击反向排序", orderableRemove: "：点击取消排序",
              paginate: { first: "首页", previous: "上一页", next: "下一页", last: "末页", number: "第 " } } }
  : { searchPlaceholder: "name, prefecture, pinyin, code", lengthMenu: "_MENU_ counties per page",
      info: "_START_–_END_ of _TOTAL_", infoFiltered: "(out of _MAX_)" };
const table = jQuery("#county-table").DataTable({
  language,
  order: [[1, "asc"]],
  pageLength: 25,
  lengthMenu: [25, 50, { label: zh ? "全部" : "all", value: -1 }],
  columnDefs: [
    { targets: indexes("hidden"), visible: false },
    { targets: indexes("plain"), orderable: false, searchable: false },
    { targets: indexes("value"), type: "figure", searchable: false },
  ],
});

table.on("draw", () => {
  const found = new Set(table.rows({ search: "applied" }).nodes().toArray().map((tr) => tr.dataset.code));
  const searching = found.size < areas.length;
  for (const area of areas) {
    area.classList.toggle("dim", searching && !found.has(area.dataset.code));
  }
});
// On paper there is nothing to click: every row and every folded part is shown.
let pageLength = 25;
let folded = [];
addEventListener("beforeprint", () => {
  pageLength = table.page.len();
  table.page.len(-1).draw();
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const part of folded) part.open = true;
});
addEventListener("afterprint", () => {
  table.page.len(pageLength).draw();
  for (const part of folded) part.open = false;
});
document.documentElement.dataset.ready = "yes";

import { defineTexts } from "../i18n/language.tsx";

export const chartTexts = defineTexts({
  en: {
    keys: "The arrow keys read its values; a table follows.",
    asTable: "As a table",
    from: "From",
  },
  zh: {
    keys: "用方向键读取数值；后面有表格。",
    asTable: "以表格显示",
    from: "起始时间",
  },
  ru: {
    keys: "Стрелки читают значения; ниже есть таблица.",
    asTable: "В виде таблицы",
    from: "С",
  },
});

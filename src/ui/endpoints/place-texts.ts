import { defineTexts } from "../i18n/language.tsx";

export const placeTexts = defineTexts({
  en: {
    latest: "The end of the log",
    earliest: "The beginning of the log",
    time: "A time",
    id: "An event’s id, or a cursor",
  },
  zh: { latest: "日志末尾", earliest: "日志开头", time: "某个时间", id: "事件 ID 或游标" },
  ru: {
    latest: "Конец журнала",
    earliest: "Начало журнала",
    time: "Время",
    id: "Id события или курсор",
  },
});

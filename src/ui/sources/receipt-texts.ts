import { defineTexts } from "../i18n/language.tsx";

export const receiptTexts = defineTexts({
  en: {
    rejected: "Rejected request",
    duplicate: "Copy",
    handshake: "Handshake",
    diagnosis: "What was wrong",
    diagnosing: "Looking for what was wrong…",
    asItCame: "The request as it came",
    notComplete: "There was no time to try everything.",
    trials: (count: string) => `Mistakes undone to see whether it verifies then: ${count}`,
    ofEvent: "It is a copy of",
  },
  zh: {
    rejected: "被拒绝的请求",
    duplicate: "重复",
    handshake: "握手",
    diagnosis: "问题所在",
    diagnosing: "正在查找问题…",
    asItCame: "原始请求",
    notComplete: "时间不足，未能尝试所有可能。",
    trials: (count: string) => `为验证而逐一还原的错误数：${count}`,
    ofEvent: "它重复的事件",
  },
  ru: {
    rejected: "Отклонённый запрос",
    duplicate: "Копия",
    handshake: "Рукопожатие",
    diagnosis: "Что было не так",
    diagnosing: "Ищем, что было не так…",
    asItCame: "Запрос, как он пришёл",
    notComplete: "На все проверки не хватило времени.",
    trials: (count: string) => `Сколько ошибок мы попробовали исправить: ${count}`,
    ofEvent: "Это копия события",
  },
});

import type { Language } from "../../messages/messages.ts";

const locales: Readonly<Record<Language, string>> = { en: "en-GB", fr: "fr-FR" };

/** A moment as people here write it, by the computer's own clock; what is no date stays as it is. */
export function dateWords(moment: string | null, language: Language): string {
  if (moment === null) return "";
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return moment;
  return new Intl.DateTimeFormat(locales[language], { dateStyle: "medium", timeStyle: "short" }).format(date);
}

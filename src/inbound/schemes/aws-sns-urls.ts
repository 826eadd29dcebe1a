/** The only URLs that are fetched because an SNS request names them. They are compared as they are written. */

const host = String.raw`https://sns\.[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2}\.amazonaws\.com(?:\.cn)?`;
const certificateUrl = new RegExp(String.raw`^${host}/SimpleNotificationService-[0-9a-f]{32}\.pem$`);
const confirmationStart = new RegExp(String.raw`^(${host})/\?`);

/** Whether a certificate may be fetched from there. */
export const isSnsCertificateUrl = (url: string): boolean => certificateUrl.test(url);

/**
 * What to fetch to confirm a subscription to this topic, put together anew from the parts that are known; null where
 * the URL is anything else.
 */
export function confirmationUrl(subscribeUrl: string, topicArn: string): string | null {
  const origin = confirmationStart.exec(subscribeUrl)?.[1];
  if (origin === undefined) return null;
  const query = new URLSearchParams(subscribeUrl.slice(origin.length + 2));
  const [actions, topics, tokens] = ["Action", "TopicArn", "Token"].map((name) => query.getAll(name));
  const token = tokens?.[0] ?? "";
  const isKnown = actions?.join() === "ConfirmSubscription" && topics?.length === 1 && topics[0] === topicArn;
  if (!isKnown || tokens?.length !== 1 || !/^[0-9a-zA-Z]{1,1024}$/.test(token)) return null;
  return `${origin}/?${new URLSearchParams({ Action: "ConfirmSubscription", TopicArn: topicArn, Token: token })}`;
}

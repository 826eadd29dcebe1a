/** Every scheme that has a name, by its name. A new one is a file beside this one and a line here. */
import { customRefusal } from "../../core/scheme-check.ts";
import { asana } from "./asana.ts";
import { awsSns } from "./aws-sns.ts";
import { bitbucket } from "./bitbucket.ts";
import { cloudevents } from "./cloudevents.ts";
import { declaredScheme } from "./declared.ts";
import { discord } from "./discord.ts";
import { dropbox } from "./dropbox.ts";
import { eventGrid } from "./event-grid.ts";
import { basic, genericHmacSha256, token } from "./generic.ts";
import { forgejo, gitea } from "./gitea.ts";
import { github } from "./github.ts";
import { gitlab, gitlabSigning } from "./gitlab.ts";
import { googlePubsub } from "./google-pubsub.ts";
import { hubspot } from "./hubspot.ts";
import { intercom } from "./intercom.ts";
import { lemonsqueezy } from "./lemonsqueezy.ts";
import { line } from "./line.ts";
import { linear } from "./linear.ts";
import { mailgun } from "./mailgun.ts";
import { meta } from "./meta.ts";
import { microsoftGraph } from "./microsoft-graph.ts";
import { paddle } from "./paddle.ts";
import { paypal } from "./paypal.ts";
import { presetHint } from "./preset-hint.ts";
import { razorpay } from "./razorpay.ts";
import type { Scheme } from "./scheme.ts";
import { sendgrid } from "./sendgrid.ts";
import { sentry } from "./sentry.ts";
import { shopify } from "./shopify.ts";
import { slack } from "./slack.ts";
import { square } from "./square.ts";
import { standardWebhooks, standardWebhooksEd25519 } from "./standard-webhooks.ts";
import { stripe } from "./stripe.ts";
import { svix } from "./svix.ts";
import { telegram } from "./telegram.ts";
import { timepad } from "./timepad.ts";
import { twilio } from "./twilio.ts";
import { twitch } from "./twitch.ts";
import { typeform } from "./typeform.ts";
import { vercel } from "./vercel.ts";
import { websub } from "./websub.ts";
import { woocommerce } from "./woocommerce.ts";
import { x } from "./x.ts";
import { zoom } from "./zoom.ts";

const list: readonly Scheme[] = [
  standardWebhooks,
  standardWebhooksEd25519,
  svix,
  github,
  gitlab,
  gitlabSigning,
  bitbucket,
  gitea,
  forgejo,
  stripe,
  shopify,
  slack,
  linear,
  intercom,
  paddle,
  razorpay,
  woocommerce,
  lemonsqueezy,
  vercel,
  typeform,
  telegram,
  line,
  sentry,
  dropbox,
  zoom,
  timepad,
  meta,
  mailgun,
  square,
  asana,
  x,
  awsSns,
  cloudevents,
  discord,
  eventGrid,
  googlePubsub,
  hubspot,
  microsoftGraph,
  paypal,
  sendgrid,
  twilio,
  twitch,
  websub,
  genericHmacSha256,
  token,
  basic,
];

export const presets: ReadonlyMap<string, Scheme> = new Map(list.map((scheme) => [scheme.name, scheme]));

/** What the registry asks of schemes. */
export const schemePort = {
  get: (name: string): Scheme | undefined => presets.get(name),
  hint: (name: string): string => presetHint(name, presets),
  customRefusal,
  declared: declaredScheme,
};

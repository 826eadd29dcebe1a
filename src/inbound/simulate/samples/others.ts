/**
 * Clouds, forms, files, and what many small senders do:
 * https://docs.aws.amazon.com/sns/latest/dg/http-notification-json.html
 * https://learn.microsoft.com/en-us/azure/event-grid/event-schema-blob-storage
 * https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
 * https://cloud.google.com/pubsub/docs/push, https://www.w3.org/TR/websub/#content-distribution
 * https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
 * https://developers.asana.com/docs/webhooks-guide, https://www.dropbox.com/developers/reference/webhooks
 * https://www.typeform.com/developers/webhooks/example-payload/, https://dev.timepad.ru/api/hooks/
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import type { Sample, Samples } from "../sample.ts";

const standard: readonly Sample[] = [
  { type: "invoice.paid", body: { data: { id: "inv_1", amount: 4200, currency: "EUR" } } },
  { type: "contact.created", body: { data: { id: "con_1", name: "Łukasz", email: "lukasz@example.com" } } },
];
const own: readonly Sample[] = standard.map(({ type, body }) => ({ type, body: { type, ...(body as object) } }));

const sns: readonly Sample[] = [
  { type: "Notification", body: { Message: '{"order":"inv_1","state":"paid"}', Subject: "An order was paid" } },
];

const eventGrid: readonly Sample[] = ["Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted"].map((type) => ({
  type,
  body: [
    {
      topic: "/subscriptions/1/resourceGroups/harbour/providers/Microsoft.Storage/storageAccounts/boats",
      subject: "/blobServices/default/containers/sails/blobs/sail.txt",
      data: { api: "PutBlob", contentType: "text/plain", contentLength: 524_288, blobType: "BlockBlob" },
      dataVersion: "",
      metadataVersion: "1",
    },
  ],
}));

const graph: readonly Sample[] = ["created", "updated"].map((type) => ({
  type,
  body: {
    value: [
      {
        subscriptionId: "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
        subscriptionExpirationDateTime: "2030-01-31T12:00:00Z",
        resource: "Users/1/Messages/2",
        resourceData: { "@odata.type": "#Microsoft.Graph.Message", id: "2" },
        tenantId: "84bd8158-6d4d-4958-8b9f-9d6445542f95",
      },
    ],
  },
}));

const pubsub: readonly Sample[] = [
  {
    type: "order.paid",
    body: {
      message: { data: Buffer.from('{"order":"inv_1"}').toString("base64") },
      subscription: "projects/harbour/subscriptions/boats",
    },
  },
];

const websub: readonly Sample[] = [
  {
    type: "content",
    contentType: "application/atom+xml",
    body: '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>Boats</title></feed>\n',
  },
];

const hubspot: readonly Sample[] = ["contact.creation", "contact.deletion"].map((type) => ({
  type,
  body: [{ subscriptionId: 25, portalId: 33, appId: 1160, objectId: 123, changeSource: "CRM", attemptNumber: 0 }],
}));

const asana: readonly Sample[] = [
  {
    type: "task.changed",
    body: {
      events: [
        {
          action: "changed",
          resource: { gid: "1337", resource_type: "task" },
          change: { field: "name", action: "changed" },
          created_at: "2026-01-31T12:00:00.000Z",
        },
      ],
    },
  },
];

const dropbox: readonly Sample[] = [
  { type: "changed", body: { list_folder: { accounts: ["dbid:AAH4f99T0taONIb"] }, delta: { users: [12_345_678] } } },
];

const typeform: readonly Sample[] = [
  {
    type: "form_response",
    body: {
      form_response: {
        form_id: "lT4Z3j",
        token: "a3a12ec67a1365927098a606107fac15",
        answers: [{ type: "text", text: "A sail", field: { id: "1", type: "short_text" } }],
      },
    },
  },
];

const timepad: readonly Sample[] = ["ok", "paid"].map((type) => ({
  type,
  body: { id: "1234:5678", event_id: "1234", status: "Registered", mail: "jon@example.com", tickets: [] },
}));

export const otherSamples: Samples = {
  "standard-webhooks": standard,
  "standard-webhooks-ed25519": standard,
  svix: standard,
  "generic-hmac-sha256": own,
  token: own,
  basic: own,
  custom: own,
  cloudevents: standard,
  "aws-sns": sns,
  "event-grid": eventGrid,
  "microsoft-graph": graph,
  "google-pubsub": pubsub,
  websub,
  hubspot,
  asana,
  dropbox,
  typeform,
  timepad,
};

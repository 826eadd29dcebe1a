/**
 * Where code lives and runs:
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 * https://docs.gitlab.com/user/project/integrations/webhook_events/
 * https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
 * https://docs.gitea.com/usage/webhooks, https://vercel.com/docs/webhooks/webhooks-api
 * https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
 * https://linear.app/developers/webhooks
 */
import type { Sample, Samples } from "../sample.ts";

const commit = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
const before = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";
const repository = {
  id: 1_296_269,
  name: "boats",
  full_name: "harbour/boats",
  private: false,
  html_url: "https://github.com/harbour/boats",
  owner: { login: "harbour", id: 1 },
};
const sender = { login: "mira", id: 21, type: "User" };

const github: readonly Sample[] = [
  {
    type: "push",
    body: {
      ref: "refs/heads/main",
      before,
      after: commit,
      repository,
      pusher: { name: "mira", email: "mira@example.com" },
      sender,
      created: false,
      deleted: false,
      forced: false,
      commits: [
        {
          id: commit,
          message: "Mend the sail ⛵",
          timestamp: "2026-01-31T12:00:00+01:00",
          author: { name: "Mira", email: "mira@example.com", username: "mira" },
          added: [],
          removed: [],
          modified: ["sail.ts"],
        },
      ],
    },
  },
  {
    type: "pull_request",
    body: {
      action: "opened",
      number: 7,
      pull_request: { id: 7_000_001, number: 7, state: "open", title: "Mend the sail", user: sender, draft: false },
      repository,
      sender,
    },
  },
  {
    type: "issues",
    body: { action: "opened", issue: { id: 30, number: 3, title: "It leaks", user: sender }, repository, sender },
  },
  {
    type: "ping",
    body: {
      zen: "Anything added dilutes everything else.",
      hook_id: 109_948_940,
      hook: { type: "Repository", id: 109_948_940, name: "web", active: true, events: ["*"] },
      repository,
      sender,
    },
  },
];

const project = { id: 15, name: "boats", path_with_namespace: "harbour/boats", default_branch: "main" };

const gitlab: readonly Sample[] = [
  {
    type: "Push Hook",
    body: {
      object_kind: "push",
      event_name: "push",
      ref: "refs/heads/main",
      before,
      after: commit,
      checkout_sha: commit,
      user_username: "mira",
      project_id: 15,
      project,
      commits: [{ id: commit, title: "Mend the sail", added: [], modified: ["sail.ts"], removed: [] }],
      total_commits_count: 1,
    },
  },
  {
    type: "Merge Request Hook",
    body: {
      object_kind: "merge_request",
      event_type: "merge_request",
      user: { id: 21, username: "mira" },
      project,
      object_attributes: { id: 99, iid: 1, title: "Mend the sail", state: "opened", action: "open" },
    },
  },
];

const bitbucket: readonly Sample[] = [
  {
    type: "repo:push",
    body: {
      actor: { type: "user", nickname: "mira" },
      repository: { type: "repository", full_name: "harbour/boats", name: "boats" },
      push: { changes: [{ new: { type: "branch", name: "main", target: { hash: commit } }, closed: false }] },
    },
  },
  {
    type: "pullrequest:created",
    body: {
      actor: { type: "user", nickname: "mira" },
      repository: { type: "repository", full_name: "harbour/boats", name: "boats" },
      pullrequest: { id: 1, title: "Mend the sail", state: "OPEN" },
    },
  },
];

const gitea: readonly Sample[] = github.slice(0, 3);

const linear: readonly Sample[] = [
  {
    type: "Issue",
    body: {
      action: "create",
      type: "Issue",
      data: { id: "2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9", title: "It leaks", number: 3 },
      organizationId: "52f6bd23-0a5f-4f5b-9c9b-3f8d8d3c1a10",
    },
  },
  {
    type: "Comment",
    body: {
      action: "create",
      type: "Comment",
      data: { id: "90a7bb2c-e0d5-4d0d-9d16-0f6a8d2ad0a4", body: "Where?", issueId: "539068e2-ae88-4d09-bd75" },
    },
  },
];

const vercel: readonly Sample[] = ["deployment.succeeded", "deployment.error"].map((type) => ({
  type,
  body: {
    payload: {
      team: { id: "team_1" },
      deployment: { id: "dpl_1", name: "boats", url: "boats-1.vercel.app", meta: {} },
      project: { id: "prj_1" },
    },
    region: "fra1",
  },
}));

const sentry: readonly Sample[] = [
  {
    type: "issue",
    body: {
      action: "created",
      installation: { uuid: "a8e5d37a-696c-4c54-adb5-b3f28d64c7de" },
      data: { issue: { id: "1170820242", title: "TypeError: sail is not a function", level: "error" } },
      actor: { type: "application", id: "sentry", name: "Sentry" },
    },
  },
];

export const codeSamples: Samples = {
  github,
  gitlab,
  "gitlab-signing": gitlab,
  bitbucket,
  gitea,
  forgejo: gitea,
  linear,
  vercel,
  sentry,
};

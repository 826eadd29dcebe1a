import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { ask, Problem } from "../api/ask.ts";
import type { Session } from "../api/session.ts";
import { Button } from "../components/button.tsx";
import { TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Sentence } from "../components/sentence.tsx";
import { useTexts } from "../i18n/language.tsx";
import { LanguageMenu, ThemeMenu } from "./looks-menus.tsx";
import { shellTexts } from "./texts.ts";

interface SignInProps {
  /** A session ended by itself: whoever looks was signed in a moment ago. */
  readonly isOver: boolean;
}

export function SignIn({ isOver }: SignInProps) {
  const t = useTexts(shellTexts);
  const queryClient = useQueryClient();
  const [key, setKey] = useState("");
  const signIn = useMutation({
    meta: { isSignIn: true },
    mutationFn: async () => {
      await ask<Session>("POST /v1/session", { body: { key: key.trim() } });
      const { signed_in: isKept } = await ask<Session>("GET /v1/session");
      if (!isKept) throw new Problem(403, { code: "session-not-kept", detail: t.sessionNotKept });
    },
    onSuccess: () => queryClient.resetQueries(),
  });
  useEffect(() => {
    document.title = `${t.signIn} · Trotline`;
  }, [t.signIn]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate();
  };
  const isWrong = signIn.error instanceof Problem && signIn.error.status === 401;
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 p-4">
      <div className="flex items-center gap-3">
        <img src="/icon.svg" alt="" className="size-10" />
        <h1 className="text-2xl font-semibold">Trotline</h1>
      </div>
      {isOver && (
        <p role="status" className="rounded-md bg-warn-soft px-4 py-3 text-warn">
          {t.sessionOver}
        </p>
      )}
      <form onSubmit={submit} className="flex flex-col gap-4 rounded-lg border border-line bg-surface p-4">
        <TextField
          label={t.key}
          hint={<Sentence>{t.keyHint}</Sentence>}
          error={isWrong ? t.keyRefused : null}
          type="password"
          name="key"
          autoComplete="current-password"
          required
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        {signIn.isError && !isWrong && <ProblemBox error={signIn.error} />}
        <Button type="submit" look="primary" busy={signIn.isPending}>
          {t.signIn}
        </Button>
      </form>
      <div className="flex justify-center gap-1 text-sm">
        <ThemeMenu align="start" />
        <LanguageMenu align="start" />
      </div>
    </main>
  );
}

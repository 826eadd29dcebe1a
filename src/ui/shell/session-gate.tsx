/** Shows who is not signed in where to do that, and says so where a session ended by itself. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef } from "react";
import { ask, Problem } from "../api/ask.ts";
import { type Session, sessionKey, useSession } from "../api/session.ts";
import { Loading } from "../components/loading.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useToast } from "../components/toast.tsx";
import { SignIn } from "./sign-in.tsx";

/** What a page has of the session when it began, and how it ends. */
type Course = "none" | "begun" | "signed out";

const SignOutContext = createContext<() => void>(() => {});
export const useSignOut = (): (() => void) => useContext(SignOutContext);

const isOver = (error: unknown): boolean => error instanceof Problem && error.status === 401;

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const queryClient = useQueryClient();
  const toast = useToast();
  const course = useRef<Course>("none");
  const signOut = useMutation({
    mutationFn: () => ask<null>("DELETE /v1/session"),
    onSuccess: () => {
      course.current = "signed out";
      // What was read is forgotten, and not asked for again by nobody.
      queryClient.setQueryData<Session>(sessionKey, (before) => before && { ...before, signed_in: false, key: null });
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    },
    onError: (error) => toast.tell(error.message, "bad"),
  });
  useEffect(() => {
    const look = (): void => void queryClient.invalidateQueries({ queryKey: sessionKey });
    const ends = [
      queryClient.getQueryCache().subscribe(({ type, query }) => {
        if (type === "updated" && isOver(query.state.error) && query.queryKey[0] !== sessionKey[0]) look();
      }),
      queryClient.getMutationCache().subscribe(({ type, mutation }) => {
        if (type === "updated" && isOver(mutation.state.error) && mutation.meta?.isSignIn !== true) look();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [queryClient]);
  // The page is gone before its session is: nothing of it asks meanwhile.
  if (session.isPending || signOut.isPending) return <Loading />;
  if (session.data === undefined) return <ProblemBox error={session.error} onRetry={() => void session.refetch()} />;
  if (!session.data.signed_in) return <SignIn isOver={course.current === "begun"} />;
  course.current = "begun";
  return <SignOutContext value={() => signOut.mutate()}>{children}</SignOutContext>;
}

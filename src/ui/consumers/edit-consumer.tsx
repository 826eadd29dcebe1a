import { Loading } from "../components/loading.tsx";
import { Page } from "../components/page.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { BackToConsumers } from "./back-to-consumers.tsx";
import { ConsumerForm } from "./consumer-form.tsx";
import { useConsumer } from "./consumer-queries.ts";

export function EditConsumer({ name }: { readonly name: string }) {
  const { data: consumer, error, refetch } = useConsumer(name);
  if (consumer !== undefined) return <ConsumerForm consumer={consumer} />;
  return (
    <Page title={name} above={<BackToConsumers name={name} />}>
      {error === null ? <Loading /> : <ProblemBox error={error} onRetry={() => void refetch()} />}
    </Page>
  );
}

/** The pages of sources at their addresses. */
import { Redirect, Route, Switch } from "wouter";
import { useMayManage } from "../api/may-manage.ts";
import { NewSourcePage } from "./new/new-source-page.tsx";
import { ReceiptPage } from "./receipt-page.tsx";
import { SourceDetail } from "./source-detail.tsx";
import { SourceList } from "./source-list.tsx";

export default function SourcesPage() {
  const mayManage = useMayManage();
  return (
    <Switch>
      <Route path="/sources" component={SourceList} />
      <Route path="/sources/new">{mayManage ? <NewSourcePage /> : <Redirect to="/sources" replace />}</Route>
      <Route path="/sources/:name/receipts/:id">{({ name, id }) => <ReceiptPage name={name} id={id} key={id} />}</Route>
      <Route path="/sources/:name">{({ name }) => <SourceDetail name={name} key={name} />}</Route>
    </Switch>
  );
}

/** Bins: the list of them, and each with what came to it. */
import { Route, Switch } from "wouter";
import { BinInspector } from "./bin-inspector.tsx";
import { BinList } from "./bin-list.tsx";

export default function BinsPage() {
  return (
    <Switch>
      <Route path="/bins/:id">{({ id }) => <BinInspector key={id} id={id} />}</Route>
      <Route>
        <BinList />
      </Route>
    </Switch>
  );
}

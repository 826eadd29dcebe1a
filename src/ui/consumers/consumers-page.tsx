/** The pages of consumers at their addresses. Whoever may only look is led from forms to what they are of. */
import { Redirect, Route, Switch } from "wouter";
import { decoded } from "../api/decoded.ts";
import { useMayManage } from "../api/may-manage.ts";
import { ConsumerDetail } from "./consumer-detail.tsx";
import { ConsumerForm } from "./consumer-form.tsx";
import { ConsumerList } from "./consumer-list.tsx";
import { pageOf } from "./consumer-queries.ts";
import { EditConsumer } from "./edit-consumer.tsx";

export default function ConsumersPage() {
  const mayManage = useMayManage();
  return (
    <Switch>
      <Route path="/consumers" component={ConsumerList} />
      <Route path="/consumers/new">
        {mayManage ? <ConsumerForm consumer={null} /> : <Redirect to="/consumers" replace />}
      </Route>
      <Route path="/consumers/:name/edit">
        {({ name }) =>
          mayManage ? <EditConsumer name={decoded(name)} key={name} /> : <Redirect to={pageOf(decoded(name))} replace />
        }
      </Route>
      <Route path="/consumers/:name">{({ name }) => <ConsumerDetail name={decoded(name)} key={name} />}</Route>
    </Switch>
  );
}

/** What the overview is about: range, endpoint, type, and whether of all tenants. */
import type { Endpoint } from "../../sdk/wire.ts";
import { SelectField } from "../components/field.tsx";
import { titleOf } from "../endpoints/endpoint-condition.ts";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "../shell/tenant.tsx";
import { type RangeName, ranges, type useOverviewChoice } from "./overview-choice.ts";
import { useSentTypes } from "./overview-queries.ts";
import { overviewTexts } from "./texts.ts";

/** More than that are no list to choose from. */
const offeredMax = 200;

interface FiltersProps {
  readonly choosing: ReturnType<typeof useOverviewChoice>;
  readonly endpoints: readonly Endpoint[];
}

export function OverviewFilters({ choosing: [choice, change], endpoints }: FiltersProps) {
  const t = useTexts(overviewTexts);
  const { tenant, canChoose } = useTenant();
  const types = useSentTypes(choice);
  const offeredTypes = [...new Set([...types, ...(choice.type === "" ? [] : [choice.type])])].sort();
  const offered = endpoints.slice(0, offeredMax);
  const isKnown = choice.endpointId === "" || offered.some(({ id }) => id === choice.endpointId);
  return (
    <search aria-label={t.choose} className="grid w-full grid-cols-2 gap-2 sm:flex sm:w-auto sm:flex-wrap">
      {canChoose && (
        <SelectField
          label={t.tenants}
          isLabelHidden
          value={choice.tenant === "" ? "all" : ""}
          onChange={(event) => change({ isOfAll: event.target.value === "all", endpointId: "", type: "" })}
        >
          <option value="">{tenant}</option>
          <option value="all">{t.allTenants}</option>
        </SelectField>
      )}
      <SelectField
        label={t.endpoint}
        isLabelHidden
        className="sm:max-w-52"
        value={choice.endpointId}
        onChange={(event) => change({ endpointId: event.target.value })}
      >
        <option value="">{t.allEndpoints}</option>
        {offered.map((endpoint) => (
          <option key={endpoint.id} value={endpoint.id}>
            {titleOf(endpoint)}
          </option>
        ))}
        {!isKnown && <option value={choice.endpointId}>{choice.endpointId}</option>}
      </SelectField>
      <SelectField
        label={t.type}
        isLabelHidden
        className="sm:max-w-52"
        value={choice.type}
        onChange={(event) => change({ type: event.target.value })}
      >
        <option value="">{t.allTypes}</option>
        {offeredTypes.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={t.range}
        isLabelHidden
        value={choice.range}
        onChange={(event) => change({ range: event.target.value as RangeName })}
      >
        {Object.keys(ranges).map((name) => (
          <option key={name} value={name}>
            {t.ranges(name)}
          </option>
        ))}
      </SelectField>
    </search>
  );
}

/** What is shown in place of a page that could not be loaded, or stopped: never nothing. */
import { Component, type ReactNode } from "react";
import { defineTexts, useTexts } from "../i18n/language.tsx";
import { Button } from "./button.tsx";
import { EmptyState } from "./empty-state.tsx";

const texts = defineTexts({
  en: {
    newer: "This page is of an earlier version",
    newerHint: "The server was updated, or cannot be reached. Load the page again.",
    stopped: "This page stopped",
    stoppedHint: "That is a fault of the dashboard; nothing on the server changed by it. Load the page again.",
    reload: "Load again",
  },
  zh: {
    newer: "此页面来自较早的版本",
    newerHint: "服务器已更新或无法连接。请重新加载页面。",
    stopped: "此页面已停止运行",
    stoppedHint: "这是控制台的错误，服务器上没有任何更改。请重新加载页面。",
    reload: "重新加载",
  },
  ru: {
    newer: "Эта страница от прежней версии",
    newerHint: "Сервер обновился или недоступен. Загрузите страницу снова.",
    stopped: "Страница остановилась",
    stoppedHint: "Это ошибка панели; на сервере ничего не изменилось. Загрузите страницу снова.",
    reload: "Загрузить снова",
  },
});

function Fault({ error }: { readonly error: Error }) {
  const t = useTexts(texts);
  // The names of built files change with their content: a page that was open meanwhile asks for those that were.
  const isNewer = /dynamically imported module|importing a module script/i.test(error.message);
  return (
    <div role="alert" className="p-6">
      <EmptyState
        title={isNewer ? t.newer : t.stopped}
        actions={
          <Button look="primary" onClick={() => location.reload()}>
            {t.reload}
          </Button>
        }
      >
        {isNewer ? t.newerHint : t.stoppedHint}
        {!isNewer && <p className="mt-2 font-mono text-xs">{error.message}</p>}
      </EmptyState>
    </div>
  );
}

interface PageFaultProps {
  /** Another page is another chance. */
  readonly place: string;
  readonly children: ReactNode;
}

export class PageFault extends Component<PageFaultProps, { readonly error: Error | null; readonly place: string }> {
  override state = { error: null as Error | null, place: this.props.place };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  static getDerivedStateFromProps({ place }: PageFaultProps, state: { place: string }): object | null {
    return place === state.place ? null : { place, error: null };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <Fault error={error} />;
  }
}

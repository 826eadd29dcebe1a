import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Dashboard } from "./dashboard.tsx";
import "./styles.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the document has no root");
createRoot(root).render(
  <StrictMode>
    <Dashboard />
  </StrictMode>,
);

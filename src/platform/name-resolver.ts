/**
 * Finds the addresses of receivers' names. Not with `dns.lookup`: it waits in threads of which the process has two for
 * this (libuv gives slow work half of its four), so that two names whose servers never answer would stop every other.
 * The queries of `dns.Resolver` wait on a socket, as many at once as there are.
 */
import { lookup, Resolver } from "node:dns/promises";
import { HostsFile } from "./hosts-file.ts";

/** One query; it is asked twice, the second time for twice as long. */
const queryTimeoutMs = 1500;
const tries = 2;

/**
 * The answers after which the system's own resolver is asked: it knows search domains, mDNS and what else is set up.
 * They come fast. A server that is silent or fails is not among them, or its names would reach the threads after all.
 */
const unknownHere = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED", "EBADNAME", "EFORMERR", "ENOTIMP", "EREFUSED"]);

export class NameResolver {
  readonly #resolver = new Resolver({ timeout: queryTimeoutMs, tries });
  readonly #hosts: HostsFile;
  /** Connections to one name that are made at the same time ask once. */
  readonly #asking = new Map<string, Promise<readonly string[]>>();

  constructor(options: { servers?: readonly string[]; hosts?: HostsFile } = {}) {
    if (options.servers !== undefined) this.#resolver.setServers(options.servers);
    this.#hosts = options.hosts ?? new HostsFile();
  }

  /** At least one address, those of IPv4 first. Rejects with an error of `node:dns`. */
  resolve(name: string): Promise<readonly string[]> {
    let asking = this.#asking.get(name);
    if (asking === undefined) {
      asking = this.#ask(name).finally(() => this.#asking.delete(name));
      this.#asking.set(name, asking);
    }
    return asking;
  }

  /** Queries that wait reject. */
  close(): void {
    this.#resolver.cancel();
  }

  async #ask(name: string): Promise<readonly string[]> {
    const listed = await this.#hosts.addressesOf(name);
    if (listed.length > 0) return listed;
    const answers = await Promise.allSettled([this.#resolver.resolve4(name), this.#resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
    const grave = failures.find((failure: { code?: string }) => !unknownHere.has(failure.code ?? ""));
    if (grave !== undefined) throw grave;
    return (await lookup(name, { all: true })).map((answer) => answer.address);
  }
}

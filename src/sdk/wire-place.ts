/**
 * A place in the log: a cursor, `earliest`, `latest`, an event's id, or `time:` and a time of RFC 3339. A cursor or an
 * event stands for the place behind it, so that reading goes on with the next event.
 */
export type Place = string;

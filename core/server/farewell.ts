/** Milliseconds that clients have to read the shutdown event and answer the close. */
export const FAREWELL_MS = 1_000;

/** What the shutdown event says. */
export const FAREWELLS = {
  stop: { reason: 'gateway stopping' },
  restart: { reason: 'gateway restarting', restartExpectedMs: 1_500 },
};

/** Milliseconds in which somebody who is to be dismissed still hears the answer that led to it. */
export const ANSWER_MS = 50;

// k6/ws: as far as the scripts use it. connect() ends when the socket has; until then it calls who listens.
import { ask, event, measure, tell } from './bridge.js';

function connect(url, params, use) {
  const began = performance.now();
  const answer = ask('connect', { url, headers: params?.headers ?? {} });
  measure('ws_connecting', performance.now() - began);
  const socket = new Socket(answer.socket);
  if (answer.status === 101) {
    use(socket);
    measure('ws_sessions', 1);
    socket.run();
    measure('ws_session_duration', performance.now() - began);
  }
  return { url, status: answer.status, headers: answer.headers, body: '', error: answer.error };
}

class Socket {
  #handlers = [];
  #timers = [];
  #isOpen = true;
  #id;

  constructor(id) {
    this.#id = id;
  }

  on(name, handler) {
    this.#handlers.push({ name, handler });
  }

  send(text) {
    measure('ws_msgs_sent', 1);
    tell('send', { socket: this.#id, text });
  }

  setTimeout(handler, ms) {
    this.#timers.push({ handler, at: performance.now() + ms });
  }

  close() {
    tell('close', { socket: this.#id });
    this.#end();
  }

  run() {
    this.#emit('open');
    while (this.#isOpen) {
      this.#timers.sort((a, b) => a.at - b.at);
      const due = this.#timers[0] ? Math.max(0, this.#timers[0].at - performance.now()) : undefined;
      const happened = due === 0 ? undefined : event(due);
      if (happened?.socket === this.#id) this.#take(happened);
      else if (!happened && this.#timers[0]?.at <= performance.now()) this.#timers.shift().handler();
    }
  }

  #take({ kind, text }) {
    if (kind === 'end') return this.#end();
    measure('ws_msgs_received', 1);
    this.#emit('message', text);
  }

  #end() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#emit('close');
  }

  #emit(name, value) {
    for (const one of this.#handlers) if (one.name === name) one.handler(value);
  }
}

export default { connect };

// Richards: six tasks of an operating system's kernel send each other packets. The benchmark is Martin Richards's; this is an
// implementation of our own, of small methods on objects that refer to each other. `verify` holds it to the counts that the
// benchmark is known by. The same as its twin in ../../python/workloads.
const [IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B] = [0, 1, 2, 3, 4, 5];
const [FROM_DEVICE, TO_WORK] = [0, 1];
const [RUNNING, RUNNABLE, SUSPENDED, HELD] = [0, 1, 2, 4];
const DATA_SIZE = 4;
const IDLE_TICKS = 200;

class Packet {
  constructor(link, ident, kind) {
    this.link = link;
    this.ident = ident;
    this.kind = kind;
    this.datum = 0;
    this.data = [0, 0, 0, 0];
  }

  addTo(queue) {
    this.link = null;
    if (queue === null) return this;
    let last = queue;
    while (last.link !== null) last = last.link;
    last.link = this;
    return queue;
  }
}

/** One task with its queue; a subclass's `act` does its work and says which task is next. */
class Task {
  constructor(scheduler, ident, priority, queue) {
    this.scheduler = scheduler;
    this.link = scheduler.tasks;
    this.ident = ident;
    this.priority = priority;
    this.queue = queue;
    this.state = queue === null ? SUSPENDED : SUSPENDED | RUNNABLE;
  }

  isHeldOrSuspended() {
    return (this.state & HELD) !== 0 || this.state === SUSPENDED;
  }

  mark(state) {
    this.state |= state;
  }

  release() {
    this.state &= ~HELD;
  }

  run() {
    let packet = null;
    if (this.state === (SUSPENDED | RUNNABLE)) {
      packet = this.queue;
      this.queue = packet.link;
      this.state = this.queue === null ? RUNNING : RUNNABLE;
    }
    return this.act(packet);
  }

  /** Puts a packet into this task's queue; which of this and the current task is to run. */
  take(packet, current) {
    if (this.queue === null) {
      this.queue = packet;
      this.mark(RUNNABLE);
      if (this.priority > current.priority) return this;
    } else {
      this.queue = packet.addTo(this.queue);
    }
    return current;
  }
}

class Idle extends Task {
  constructor(scheduler, ticks) {
    super(scheduler, IDLE, 0, null);
    this.seed = 1;
    this.ticks = ticks;
    this.state = RUNNING;
  }

  act() {
    this.ticks--;
    if (this.ticks === 0) return this.scheduler.holdCurrent();
    if ((this.seed & 1) === 0) {
      this.seed >>= 1;
      return this.scheduler.release(DEVICE_A);
    }
    this.seed = (this.seed >> 1) ^ 0xd008;
    return this.scheduler.release(DEVICE_B);
  }
}

class Worker extends Task {
  constructor(scheduler, queue) {
    super(scheduler, WORKER, 1000, queue);
    this.to = HANDLER_A;
    this.letter = 0;
  }

  act(packet) {
    if (packet === null) return this.scheduler.suspendCurrent();
    this.to = this.to === HANDLER_A ? HANDLER_B : HANDLER_A;
    packet.ident = this.to;
    packet.datum = 0;
    for (let at = 0; at < DATA_SIZE; at++) {
      this.letter = this.letter < 26 ? this.letter + 1 : 1;
      packet.data[at] = this.letter;
    }
    return this.scheduler.send(packet);
  }
}

class Handler extends Task {
  constructor(scheduler, ident, priority, queue) {
    super(scheduler, ident, priority, queue);
    this.work = null;
    this.devices = null;
  }

  act(packet) {
    if (packet !== null) {
      if (packet.kind === TO_WORK) this.work = packet.addTo(this.work);
      else this.devices = packet.addTo(this.devices);
    }
    const { work } = this;
    if (work !== null) {
      if (work.datum >= DATA_SIZE) {
        this.work = work.link;
        return this.scheduler.send(work);
      }
      const device = this.devices;
      if (device !== null) {
        this.devices = device.link;
        device.datum = work.data[work.datum];
        work.datum++;
        return this.scheduler.send(device);
      }
    }
    return this.scheduler.suspendCurrent();
  }
}

class Device extends Task {
  constructor(scheduler, ident, priority) {
    super(scheduler, ident, priority, null);
    this.pending = null;
  }

  act(packet) {
    if (packet !== null) {
      this.pending = packet;
      return this.scheduler.holdCurrent();
    }
    const { pending } = this;
    if (pending === null) return this.scheduler.suspendCurrent();
    this.pending = null;
    return this.scheduler.send(pending);
  }
}

class Scheduler {
  constructor() {
    this.tasks = null;
    this.byIdent = [null, null, null, null, null, null];
    this.current = null;
    this.sent = 0;
    this.held = 0;
  }

  add(task) {
    this.tasks = task;
    this.byIdent[task.ident] = task;
  }

  run() {
    this.current = this.tasks;
    while (this.current !== null) {
      if (this.current.isHeldOrSuspended()) this.current = this.current.link;
      else this.current = this.current.run();
    }
  }

  release(ident) {
    const task = this.byIdent[ident];
    task.release();
    return task.priority > this.current.priority ? task : this.current;
  }

  holdCurrent() {
    this.held++;
    this.current.mark(HELD);
    return this.current.link;
  }

  suspendCurrent() {
    this.current.mark(SUSPENDED);
    return this.current;
  }

  send(packet) {
    const task = this.byIdent[packet.ident];
    this.sent++;
    packet.link = null;
    packet.ident = this.current.ident;
    return task.take(packet, this.current);
  }
}

function packets(count, ident, kind) {
  let queue = null;
  for (let made = 0; made < count; made++) queue = new Packet(queue, ident, kind);
  return queue;
}

function simulate(ticks) {
  const scheduler = new Scheduler();
  scheduler.add(new Idle(scheduler, ticks));
  scheduler.add(new Worker(scheduler, packets(2, WORKER, TO_WORK)));
  scheduler.add(new Handler(scheduler, HANDLER_A, 2000, packets(3, DEVICE_A, FROM_DEVICE)));
  scheduler.add(new Handler(scheduler, HANDLER_B, 3000, packets(3, DEVICE_B, FROM_DEVICE)));
  scheduler.add(new Device(scheduler, DEVICE_A, 4000));
  scheduler.add(new Device(scheduler, DEVICE_B, 5000));
  scheduler.run();
  return [scheduler.held, scheduler.sent];
}

exports.run = function run() {
  return simulate(IDLE_TICKS);
};

exports.verify = function verify() {
  const [held, sent] = simulate(10_000);
  if (held !== 9297 || sent !== 23_246) throw new Error(`Richards held ${held} and sent ${sent}`);
};

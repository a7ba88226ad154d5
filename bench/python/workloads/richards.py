"""Richards: six tasks of an operating system's kernel send each other packets. The benchmark is Martin Richards's; this
is an implementation of our own, of small methods on objects that refer to each other. `verify` holds it to the counts
that the benchmark is known by."""

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
FROM_DEVICE, TO_WORK = range(2)
RUNNING, RUNNABLE, SUSPENDED, HELD = 0, 1, 2, 4
DATA_SIZE = 4
IDLE_TICKS = 200


class Packet:
    def __init__(self, link, ident, kind):
        self.link = link
        self.ident = ident
        self.kind = kind
        self.datum = 0
        self.data = [0] * DATA_SIZE

    def add_to(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    """One task with its queue; a subclass's `act` does its work and says which task is next."""

    def __init__(self, scheduler, ident, priority, queue):
        self.scheduler = scheduler
        self.link = scheduler.tasks
        self.ident = ident
        self.priority = priority
        self.queue = queue
        self.state = SUSPENDED if queue is None else SUSPENDED | RUNNABLE
        scheduler.add(self)

    def is_held_or_suspended(self):
        return self.state & HELD != 0 or self.state == SUSPENDED

    def mark(self, state):
        self.state |= state

    def release(self):
        self.state &= ~HELD

    def run(self):
        packet = None
        if self.state == SUSPENDED | RUNNABLE:
            packet = self.queue
            self.queue = packet.link
            self.state = RUNNING if self.queue is None else RUNNABLE
        return self.act(packet)

    def take(self, packet, current):
        """Puts a packet into this task's queue; which of this and the current task is to run."""
        if self.queue is None:
            self.queue = packet
            self.mark(RUNNABLE)
            if self.priority > current.priority:
                return self
        else:
            self.queue = packet.add_to(self.queue)
        return current


class Idle(Task):
    def __init__(self, scheduler, ticks):
        super().__init__(scheduler, IDLE, 0, None)
        self.seed = 1
        self.ticks = ticks
        self.state = RUNNING

    def act(self, packet):
        self.ticks -= 1
        if self.ticks == 0:
            return self.scheduler.hold_current()
        if self.seed & 1 == 0:
            self.seed >>= 1
            return self.scheduler.release(DEVICE_A)
        self.seed = self.seed >> 1 ^ 0xD008
        return self.scheduler.release(DEVICE_B)


class Worker(Task):
    def __init__(self, scheduler, queue):
        super().__init__(scheduler, WORKER, 1000, queue)
        self.to = HANDLER_A
        self.letter = 0

    def act(self, packet):
        if packet is None:
            return self.scheduler.suspend_current()
        self.to = HANDLER_B if self.to == HANDLER_A else HANDLER_A
        packet.ident = self.to
        packet.datum = 0
        for at in range(DATA_SIZE):
            self.letter = self.letter + 1 if self.letter < 26 else 1
            packet.data[at] = self.letter
        return self.scheduler.send(packet)


class Handler(Task):
    def __init__(self, scheduler, ident, priority, queue):
        super().__init__(scheduler, ident, priority, queue)
        self.work = None
        self.devices = None

    def act(self, packet):
        if packet is not None:
            if packet.kind == TO_WORK:
                self.work = packet.add_to(self.work)
            else:
                self.devices = packet.add_to(self.devices)
        work = self.work
        if work is not None:
            if work.datum >= DATA_SIZE:
                self.work = work.link
                return self.scheduler.send(work)
            device = self.devices
            if device is not None:
                self.devices = device.link
                device.datum = work.data[work.datum]
                work.datum += 1
                return self.scheduler.send(device)
        return self.scheduler.suspend_current()


class Device(Task):
    def __init__(self, scheduler, ident, priority):
        super().__init__(scheduler, ident, priority, None)
        self.pending = None

    def act(self, packet):
        if packet is not None:
            self.pending = packet
            return self.scheduler.hold_current()
        if self.pending is None:
            return self.scheduler.suspend_current()
        pending, self.pending = self.pending, None
        return self.scheduler.send(pending)


class Scheduler:
    def __init__(self):
        self.tasks = None
        self.by_ident = [None] * 6
        self.current = None
        self.sent = 0
        self.held = 0

    def add(self, task):
        self.tasks = self.by_ident[task.ident] = task

    def run(self):
        self.current = self.tasks
        while self.current is not None:
            if self.current.is_held_or_suspended():
                self.current = self.current.link
            else:
                self.current = self.current.run()

    def release(self, ident):
        task = self.by_ident[ident]
        task.release()
        return task if task.priority > self.current.priority else self.current

    def hold_current(self):
        self.held += 1
        self.current.mark(HELD)
        return self.current.link

    def suspend_current(self):
        self.current.mark(SUSPENDED)
        return self.current

    def send(self, packet):
        task = self.by_ident[packet.ident]
        self.sent += 1
        packet.link = None
        packet.ident = self.current.ident
        return task.take(packet, self.current)


def packets(count, ident, kind):
    queue = None
    for _ in range(count):
        queue = Packet(queue, ident, kind)
    return queue


def simulate(ticks):
    scheduler = Scheduler()
    Idle(scheduler, ticks)
    Worker(scheduler, packets(2, WORKER, TO_WORK))
    Handler(scheduler, HANDLER_A, 2000, packets(3, DEVICE_A, FROM_DEVICE))
    Handler(scheduler, HANDLER_B, 3000, packets(3, DEVICE_B, FROM_DEVICE))
    Device(scheduler, DEVICE_A, 4000)
    Device(scheduler, DEVICE_B, 5000)
    scheduler.run()
    return scheduler.held, scheduler.sent


def verify():
    counts = simulate(10_000)
    if counts != (9297, 23246):
        raise AssertionError(f"Richards held and sent {counts}")


def run():
    simulate(IDLE_TICKS)

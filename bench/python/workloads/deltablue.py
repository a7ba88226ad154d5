"""DeltaBlue: an incremental solver of constraints of different strengths (Sannella, Maloney, Freeman-Benson and
Borning), in an implementation of our own. A chain of equal variables and a projection of many by scale and offset are
built, edited, read and checked: methods on objects that refer to each other in cycles, lists of them as arguments."""

REQUIRED, STRONG_PREFERRED, PREFERRED, STRONG_DEFAULT, NORMAL, WEAK_DEFAULT, WEAKEST = range(7)
FORWARD, BACKWARD = 1, -1
LENGTH = 24


class Variable:
    def __init__(self, name, value=0):
        self.name = name
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.strength = WEAKEST
        self.stays = True

    def other_constraints(self, than):
        return [each for each in self.constraints if each is not than and each.is_satisfied()]


class Constraint:
    """Strengths are numbers, the lower the stronger."""

    is_input = False

    def __init__(self, planner, strength):
        self.planner = planner
        self.strength = strength

    def add(self):
        for variable in self.variables():
            variable.constraints.append(self)
        self.planner.incremental_add(self)

    def destroy(self):
        if self.is_satisfied():
            self.planner.incremental_remove(self)
        for variable in self.variables():
            variable.constraints.remove(self)

    def satisfy(self, mark):
        """Takes over its output if it is strong enough; the constraint that it overrode, if any."""
        self.choose_method(mark)
        if not self.is_satisfied():
            if self.strength == REQUIRED:
                raise AssertionError("a required constraint cannot be satisfied")
            return None
        for variable in self.inputs():
            variable.mark = mark
        output = self.output()
        overridden = output.determined_by
        if overridden is not None:
            overridden.mark_unsatisfied()
        output.determined_by = self
        self.planner.add_propagate(self, mark)
        output.mark = mark
        return overridden

    def inputs_known(self, mark):
        return all(each.mark == mark or each.stays or each.determined_by is None for each in self.inputs())


class Unary(Constraint):
    def __init__(self, planner, variable, strength):
        super().__init__(planner, strength)
        self.variable = variable
        self.satisfied = False
        self.add()

    def variables(self):
        return [self.variable]

    def inputs(self):
        return []

    def output(self):
        return self.variable

    def is_satisfied(self):
        return self.satisfied

    def mark_unsatisfied(self):
        self.satisfied = False

    def choose_method(self, mark):
        self.satisfied = self.variable.mark != mark and self.strength < self.variable.strength

    def recalculate(self):
        self.variable.strength = self.strength
        self.variable.stays = not self.is_input
        if self.variable.stays:
            self.execute()

    def execute(self):
        """The value of the variable stays, or is set from outside."""


class Stay(Unary):
    pass


class Edit(Unary):
    is_input = True


class Equal(Constraint):
    """Two variables of the same value, either of which can follow the other."""

    def __init__(self, planner, first, second, strength):
        super().__init__(planner, strength)
        self.first = first
        self.second = second
        self.direction = None
        self.add()

    def variables(self):
        return [self.first, self.second]

    def inputs(self):
        return [self.first if self.direction == FORWARD else self.second]

    def output(self):
        return self.second if self.direction == FORWARD else self.first

    def is_satisfied(self):
        return self.direction is not None

    def mark_unsatisfied(self):
        self.direction = None

    def choose_method(self, mark):
        first, second = self.first, self.second
        if first.mark == mark:
            free = second.mark != mark and self.strength < second.strength
            self.direction = FORWARD if free else None
        elif second.mark == mark:
            self.direction = BACKWARD if self.strength < first.strength else None
        elif first.strength > second.strength:
            self.direction = BACKWARD if self.strength < first.strength else None
        else:
            self.direction = FORWARD if self.strength < second.strength else None

    def recalculate(self):
        source, output = self.inputs()[0], self.output()
        output.strength = max(self.strength, source.strength)
        output.stays = source.stays
        if output.stays:
            self.execute()

    def execute(self):
        self.output().value = self.inputs()[0].value


class Scaled(Equal):
    """The second variable is the first by scale and offset, which are variables too."""

    def __init__(self, planner, first, scale, offset, second, strength):
        self.scale = scale
        self.offset = offset
        super().__init__(planner, first, second, strength)

    def variables(self):
        return [self.first, self.second, self.scale, self.offset]

    def inputs(self):
        return [*super().inputs(), self.scale, self.offset]

    def recalculate(self):
        super().recalculate()
        output = self.output()
        output.stays = all(each.stays for each in self.inputs())

    def execute(self):
        if self.direction == FORWARD:
            self.second.value = self.first.value * self.scale.value + self.offset.value
        else:
            self.first.value = (self.second.value - self.offset.value) // self.scale.value


class Planner:
    def __init__(self):
        self.mark = 0

    def new_mark(self):
        self.mark += 1
        return self.mark

    def incremental_add(self, constraint):
        mark = self.new_mark()
        overridden = constraint.satisfy(mark)
        while overridden is not None:
            overridden = overridden.satisfy(mark)

    def incremental_remove(self, constraint):
        output = constraint.output()
        constraint.mark_unsatisfied()
        unsatisfied = self.remove_propagate_from(output)
        for each in sorted(unsatisfied, key=strength_of):
            self.incremental_add(each)

    def add_propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            each = todo.pop()
            if each.output().mark == mark:
                raise AssertionError("a cycle of constraints")
            each.recalculate()
            todo.extend(self.consuming(each.output()))

    def remove_propagate_from(self, output):
        output.determined_by = None
        output.strength = WEAKEST
        output.stays = True
        unsatisfied = []
        todo = [output]
        while todo:
            variable = todo.pop()
            unsatisfied.extend([each for each in variable.constraints if not each.is_satisfied()])
            for each in self.consuming(variable):
                each.recalculate()
                todo.append(each.output())
        return unsatisfied

    def consuming(self, variable):
        return [each for each in variable.other_constraints(variable.determined_by) if each.output() is not variable]

    def plan(self, inputs):
        """The constraints to execute, in order, whenever the variables of these inputs have changed."""
        mark = self.new_mark()
        plan = []
        todo = [each for each in inputs if each.is_satisfied()]
        while todo:
            each = todo.pop()
            output = each.output()
            if output.mark != mark and each.inputs_known(mark):
                plan.append(each)
                output.mark = mark
                todo.extend(self.consuming(output))
        return plan


def strength_of(constraint):
    return constraint.strength


def change(planner, variable, values):
    """Sets a variable from outside, as one that drags something with a mouse, and lets the others follow."""
    edit = Edit(planner, variable, PREFERRED)
    plan = planner.plan([edit])
    for value in values:
        variable.value = value
        for each in plan:
            each.execute()
    edit.destroy()


def chain(length):
    planner = Planner()
    variables = [Variable(f"v{i}") for i in range(length + 1)]
    for first, second in zip(variables, variables[1:]):
        Equal(planner, first, second, REQUIRED)
    Stay(planner, variables[-1], STRONG_DEFAULT)
    change(planner, variables[0], range(10))
    if variables[-1].value != 9:
        raise AssertionError("the end of the chain did not follow")


def projection(length):
    planner = Planner()
    scale, offset = Variable("scale", 10), Variable("offset", 1000)
    sources = [Variable(f"s{i}", i) for i in range(length)]
    results = [Variable(f"r{i}", i) for i in range(length)]
    for source, result in zip(sources, results):
        Stay(planner, source, NORMAL)
        Scaled(planner, source, scale, offset, result, REQUIRED)
    change(planner, sources[0], [17])
    if results[0].value != 1170:
        raise AssertionError("the result did not follow its source")
    change(planner, results[1], [1050])
    if sources[1].value != 5:
        raise AssertionError("the source did not follow its result")
    change(planner, scale, [5])
    if [each.value for each in results[2:]] != [i * 5 + 1000 for i in range(2, length)]:
        raise AssertionError("the results did not follow the scale")
    change(planner, offset, [2000])
    if [each.value for each in results[2:]] != [i * 5 + 2000 for i in range(2, length)]:
        raise AssertionError("the results did not follow the offset")


def run():
    chain(LENGTH)
    projection(LENGTH)

import { Body, Controller, Inject } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { readInput } from '../calls/read-input';
import { AdvanceClockBody } from '../operations/local.operations';
import { refuse } from '../problems/problem';
import { LocalRoute } from '../rest/local-route.decorator';
import { SIMULATION } from '../tokens';

/** A clock that the caller moves; everything due on the way has been done when `advanceTo` resolves. */
export interface Simulation {
  now(): string;
  advanceTo(instant: string): Promise<void>;
}

/** Mounted only where the composition root passes a simulated clock. */
@ApiTags('Simulation')
@Controller()
export class SimulationController {
  constructor(@Inject(SIMULATION) private readonly simulation: Simulation) {}

  @LocalRoute('ReadClock')
  read(): { now: string } {
    return { now: this.simulation.now() };
  }

  @LocalRoute('AdvanceClock', { body: true })
  @ApiBody({ type: AdvanceClockBody })
  async advance(@Body() body: unknown): Promise<{ now: string }> {
    const { to } = readInput(AdvanceClockBody, body ?? {});
    // Instants of one form compare as text.
    if (to < this.simulation.now()) throw refuse('CLOCK_NEVER_GOES_BACK', { now: this.simulation.now() });
    await this.simulation.advanceTo(to);
    return { now: this.simulation.now() };
  }
}

import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

@Controller()
class NoOpController {
  @Post('v1/reports')
  answer(@Body() _body: unknown): { id: string } {
    return { id: 'no-op' };
  }
}

@Module({ controllers: [NoOpController] })
class NoOpModule {}

/** The baseline of the commands bench: what Nest and fastify need to take a POST and answer it. Prints its address. */
async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(NoOpModule, new FastifyAdapter(), { logger: false });
  await app.listen({ host: '127.0.0.1', port: 0 });
  process.stdout.write(`${await app.getUrl()}\n`);
  process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
}
void main();

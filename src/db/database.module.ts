import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Database } from './database.client.js';

/** Injection token of the process's Database. */
export const DATABASE = Symbol('DATABASE');

/** The open store with its schema up to date, everywhere. Whoever opened it closes it, after everything that uses it. */
@Global()
@Module({})
export class DatabaseModule {
  static of(database: Database): DynamicModule {
    return { module: DatabaseModule, providers: [{ provide: DATABASE, useValue: database }], exports: [DATABASE] };
  }
}

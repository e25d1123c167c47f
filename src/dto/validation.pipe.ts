import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { isZodDto } from 'nestjs-zod/dto';
import { parseRequest } from './parse-request.js';

/** Parses every body, query and path whose parameter is declared as a DTO. An absent body counts as an empty object. */
@Injectable()
export class RequestValidationPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (!isZodDto(metatype)) return value;
    return parseRequest(metatype.schema, type === 'body' && value === undefined ? {} : value);
  }
}

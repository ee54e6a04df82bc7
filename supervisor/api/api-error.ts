import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { OperatingError } from '../../src/core/errors.ts';

/** The body of every answer that is not 2xx. */
export interface ApiErrorBody {
  readonly error: string;
  readonly message: string;
  readonly expected?: string;
}

export interface ApiFault extends ApiErrorBody {
  readonly status: number;
}

export function sendFault(reply: FastifyReply, fault: ApiFault): FastifyReply {
  const { status, ...body } = fault;
  return reply.code(status).send(body);
}

export function notFound(message: string): ApiFault {
  return { status: 404, error: 'NOT_FOUND', message };
}

/** What zod found wrong first, with the place where it stands. */
export function schemaFault(error: z.ZodError): ApiFault {
  const issue = error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'body' : issue.path.join('.');
  const message = `${place}: ${issue?.message ?? 'not what was expected'}`;
  return { status: 400, error: 'INVALID', message };
}

/** Codes of Fastify for requests whose body it could not take, in our words. */
const FASTIFY_FAULTS: Readonly<Record<string, Omit<ApiErrorBody, 'message'>>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { error: 'CONTENT_TYPE', expected: 'application/json' },
  FST_ERR_CTP_BODY_TOO_LARGE: { error: 'TOO_LARGE' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { error: 'INVALID', expected: 'a JSON object' },
  FST_ERR_CTP_INVALID_JSON_BODY: { error: 'INVALID', expected: 'a JSON object' },
};

/** Anything thrown by a route. Bugs and broken disks answer 5xx without their inner text. */
export function faultOf(error: unknown): ApiFault {
  if (error instanceof OperatingError) return operatingFault(error);
  const { code, statusCode, message } = Object(error) as Record<string, unknown>;
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const known = FASTIFY_FAULTS[String(code)] ?? { error: 'INVALID' };
    return { status: statusCode, message: String(message), ...known };
  }
  return { status: 500, error: 'INTERNAL', message: 'something inside went wrong; see the log' };
}

function operatingFault(error: OperatingError): ApiFault {
  const { code, message, retryable } = error;
  if (code === 'USAGE' || code === 'CONFIG') return { status: 400, error: code, message };
  if (code === 'DISK_FULL') return { status: 507, error: code, message };
  return { status: retryable ? 503 : 500, error: code, message };
}

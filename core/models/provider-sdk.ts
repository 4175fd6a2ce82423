/** The libraries that speak to providers. They are built into a file of their own, because reading it takes time. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';

export const providerSdk = { createAnthropic, createGoogleGenerativeAI };
